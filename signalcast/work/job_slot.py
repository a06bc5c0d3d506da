"""Leave one worker of a host to signals, however many jobs there are and however long they take."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from signalcast.core.env import managed
from signalcast.core.home import subdirectory
from signalcast.pipeline import processes


@contextmanager
def job_slot() -> Iterator[bool]:
    """Whether this worker may take jobs of every queue within the block, or only of `high`.

    There is one slot fewer than workers that the process manager runs here. The kernel gives a
    slot back when its process ends, however that ends. Workers that somebody else started, and
    one that is alone, always may.
    """
    slots = _slots()
    taken = _take(slots)
    try:
        yield not slots or taken is not None
    finally:
        if taken is not None:
            os.close(taken)


def _slots() -> int:
    """How many there are; 0 where they are not counted."""
    workers = [process for process in processes() if process.name == "worker"]
    return max(workers[0].count, workers[0].most) - 1 if managed() and workers else 0


def _take(slots: int) -> int | None:
    """The descriptor that holds one of them, where any is free."""
    for number in range(slots):
        path = subdirectory("run") / f"jobs-{number}.slot"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return descriptor
    return None
