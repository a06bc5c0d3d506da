"""What the parsers promise."""
