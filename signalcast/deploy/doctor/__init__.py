"""What is wrong with a host or an installation, why that matters, and what mends it."""
