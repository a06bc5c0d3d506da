"""How a provisioning can go wrong."""

from __future__ import annotations


class Refused(Exception):
    """Nothing was touched; the text says why, and what to do."""


class Stopped(Exception):
    """A step failed, and nothing after it was done; the text says which, and what it said."""
