"""Jobs that real processes of the tests run, by way of SIGNALCAST_OWN_JOBS."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from pathlib import Path
from types import FrameType

from signalcast.work.give_way import give_way
from signalcast.work.life import life

#: What tells a process to do nothing any more, as one that hangs.
HANG = signal.SIGUSR2


def nothing() -> None:
    """As cheap as a job can be."""


def long(path: str, seconds: float) -> None:
    """Note in a file that it began, take its time, note that it came to its end."""
    note(path, f"began {os.getpid()}")
    threading.Event().wait(seconds)
    note(path, "ended")


def steps(path: str, count: int) -> None:
    """Go on from what the file has until it has so many lines, and give way in between."""
    while len(lines(path)) < count:
        note(path, f"step {os.getpid()}")
        threading.Event().wait(0.2)
        give_way()


def hang_at_signal(path: str) -> None:
    """Have the main thread of this process hang for good once it gets a signal.

    It notes "hangs" then. A job in hand comes to its end first: that has a limit of its own.
    """
    signal.signal(HANG, partial(_hang, path))
    note(path, str(os.getpid()))


def _hang(path: str, _number: int, _frame: FrameType | None) -> None:
    if life.in_turn:
        threading.Timer(0.1, os.kill, (os.getpid(), HANG)).start()
        return
    note(path, "hangs")
    threading.Event().wait()


def note(path: str, line: str) -> None:
    """Append a line, in one piece."""
    with Path(path).open("a") as file:
        file.write(line + "\n")


def lines(path: str) -> list[str]:
    """What was noted so far."""
    there = Path(path)
    return there.read_text().splitlines() if there.exists() else []
