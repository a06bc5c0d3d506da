"""The operations, one concept a file, each with the shape of what it takes and gives."""
