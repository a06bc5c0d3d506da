"""Tickets: what people ask, and what staff answers."""
