"""End a process that has stopped working, so that the process manager starts a new one."""

from __future__ import annotations

import faulthandler
import os
import threading
import time
from collections.abc import Callable

from signalcast.core import events

#: Seconds without progress while there was work, and between two looks.
STALLED_AFTER = 60.0
LOOK_EVERY = 5.0
#: Looks in a row that must find no progress: a process that was frozen gets the time to go on
#: first, and one that missed its bell the time to hear another.
LOOKS = 3
#: The descriptor of standard error, which is there whatever Python made of it.
STDERR = 2
#: EX_SOFTWARE of sysexits.h.
EXIT_CODE = 70


def end_when_stalled(
    role: str,
    alive_at: Callable[[], float],
    *,
    excused: Callable[[], bool] = lambda: False,
    stalled_after: float = STALLED_AFTER,
) -> None:
    """Watch from a thread of its own, which no stuck loop, lock or database call can hold up.

    ALIVE_AT gives the monotonic second of the last progress. Finding nothing to do is progress,
    and so is a database that says it is away; due rows that are never claimed are not. EXCUSED is
    asked where it is late whether that is as it should be. What keeps even this thread from
    running, by never giving Python's lock away, ends the process as well, some seconds later.
    """
    threading.Thread(
        target=_watch, args=(role, alive_at, excused, stalled_after), name="watchdog", daemon=True
    ).start()


def _watch(
    role: str, alive_at: Callable[[], float], excused: Callable[[], bool], stalled_after: float
) -> None:
    never = threading.Event()
    excused_at, late = 0.0, 0
    pause = min(LOOK_EVERY, stalled_after)
    while True:
        # A thread outside of Python waits for this one; it is told anew each time.
        faulthandler.dump_traceback_later(
            stalled_after + LOOKS * pause + LOOK_EVERY, exit=True, file=STDERR
        )
        never.wait(pause)
        if time.monotonic() - max(alive_at(), excused_at) <= stalled_after:
            late = 0
        elif excused():
            excused_at, late = time.monotonic(), 0
        else:
            late += 1
        if late >= LOOKS:
            # Where each thread stands, for whoever has to find out why.
            faulthandler.dump_traceback(file=STDERR, all_threads=True)
            events.warn("process.stalled", role=role, seconds=stalled_after)
            os._exit(EXIT_CODE)
