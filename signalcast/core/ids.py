"""Identifiers that sort by the time they were made and can be made anywhere without asking."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID of version 7: sorts by time, and within one process by the order of the calls."""
    return uuid7()
