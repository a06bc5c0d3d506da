"""Receivers on this machine for the demo: one for each medium, and a page that shows them."""
