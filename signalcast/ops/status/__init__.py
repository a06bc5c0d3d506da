"""What everybody may know of how it is."""
