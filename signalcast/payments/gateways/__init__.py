"""Ways to pay: a folder for each, found by its name."""
