"""Who did what to the installation."""
