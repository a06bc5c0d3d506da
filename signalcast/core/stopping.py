"""Whether this process was told to end: what takes long may then give way."""

from __future__ import annotations

import threading

_asked = threading.Event()


def stopping() -> bool:
    """Whether it is to end as soon as what it has in hand allows."""
    return _asked.is_set()


def ask_to_stop() -> None:
    """Note that it is to end. Callable from a signal's handler."""
    _asked.set()
