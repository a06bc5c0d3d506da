"""The first page of the operations console: whether signals flow."""
