"""Tell people that something is wrong, and that it is well again."""
