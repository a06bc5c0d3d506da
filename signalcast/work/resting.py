"""Whether this process was told to claim nothing for now."""

from __future__ import annotations

import threading

_told = threading.Event()


def resting() -> bool:
    """Whether it rests."""
    return _told.is_set()


def rest(resting: bool) -> None:
    """Rest from now on, or no longer."""
    if resting:
        _told.set()
    else:
        _told.clear()
