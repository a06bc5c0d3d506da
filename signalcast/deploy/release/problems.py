"""How a release can go wrong."""

from __future__ import annotations


class Refused(Exception):
    """Nothing that runs was touched; the text says why, and what to do."""


class NotServing(Exception):
    """What was switched to does not serve as it should; the text says what is missing."""


class RolledBack(Exception):
    """The release before serves again; the text says why."""
