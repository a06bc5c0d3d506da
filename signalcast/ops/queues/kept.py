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

    def __init__(self, work_out: Callable[[], T], *, good_for: float = GOOD_FOR) -> None:
        self._work_out, self._good_for = work_out, good_for
        self._lock = Lock()
        self._kept: tuple[float, T] | None = None

    def get(self) -> T:
        """The answer, a moment old. While somebody works out the next one, the last is good."""
        kept = self._kept
        if kept and time.monotonic() < kept[0]:
            return kept[1]
        if not self._lock.acquire(blocking=kept is None) and kept:
            return kept[1]
        try:
            kept = self._kept  # whoever had the lock has just worked it out
            began = time.monotonic()
            if kept and began < kept[0]:
                return kept[1]
            found = self._work_out()
            ended = time.monotonic()
            self._kept = ended + max(self._good_for, (ended - began) * TIMES_ITS_COST), found
            return found
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Have the next one who asks work it out anew."""
        self._kept = None
