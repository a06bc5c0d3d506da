"""The signed-in pages, one concept a file."""
