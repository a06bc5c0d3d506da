"""End a sender that has stopped working, so that the supervisor starts a new one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from signalcast.core import events

#: Seconds without progress while there was work, and between two looks.
STALLED_AFTER = 60.0
LOOK_EVERY = 5.0
#: EX_SOFTWARE of sysexits.h.
EXIT_CODE = 70


def end_when_stalled(
    alive_at: Callable[[], float], *, stalled_after: float = STALLED_AFTER
) -> None:
    """Watch from a thread of its own, which no stuck loop, lock or database call can hold up.

    ALIVE_AT gives the monotonic second of the last progress. Finding nothing to do is progress,
    and so is a database that says it is away; due rows that are never claimed are not.
    """
    threading.Thread(
        target=_watch, args=(alive_at, stalled_after), name="watchdog", daemon=True
    ).start()


def _watch(alive_at: Callable[[], float], stalled_after: float) -> None:
    never = threading.Event()
    late = False
    while not never.wait(min(LOOK_EVERY, stalled_after)):
        was_late, late = late, time.monotonic() - alive_at() > stalled_after
        # Twice in a row: a process that was frozen gets the time to go on first.
        if late and was_late:
            events.warn("sender.stalled", seconds=stalled_after)
            os._exit(EXIT_CODE)
