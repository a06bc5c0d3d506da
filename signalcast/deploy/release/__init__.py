"""Releases: unpacked side by side, one of them current, switched without a pause."""
