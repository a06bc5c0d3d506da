"""An answer that is worked out once for everybody who asks within a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds that an answer is good for, and how many times longer than it took to work out: a count
#: over millions of rows then takes a twentieth of one connection, however many browsers are open.
GOOD_FOR = 2.0
TIMES_ITS_COST = 20.0


class Kept(Generic[T]):
    """Keeps the last answer of WORK_OUT. Used by all threads of a process: one works it out."""

    def __init__(self, work_out: Callable[[], T]) -> None:
        self._work_out = work_out
        self._lock = Lock()
        self._kept: tuple[float, T] | None = None

    def get(self) -> T:
        """The answer, at most a moment old."""
        with self._lock:
            if self._kept and time.monotonic() < self._kept[0]:
                return self._kept[1]
            began = time.monotonic()
            found = self._work_out()
            ended = time.monotonic()
            self._kept = ended + max(GOOD_FOR, (ended - began) * TIMES_ITS_COST), found
            return found

    def forget(self) -> None:
        """Have the next one who asks work it out anew."""
        with self._lock:
            self._kept = None
