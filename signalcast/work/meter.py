"""What this process has worked off, minute by minute, until somebody writes it down."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from signalcast.work.histogram import Histogram

#: Entries that are kept while nobody can write them down: about an hour of a busy process.
MOST = 240


class Minute(NamedTuple):
    """One queue of one kind of row within one minute, counted since 1970."""

    minute: int
    #: `receipt`, `delivery` or `job`.
    kind: str
    queue: int


@dataclass(slots=True)
class Measured:
    """What was worked off in it."""

    handled: int = 0
    failed: int = 0
    #: Seconds of work on a row, and seconds from its due time to its claim.
    runtimes: Histogram = field(default_factory=Histogram)
    waits: Histogram = field(default_factory=Histogram)

    def merge(self, other: Measured) -> None:
        """Add OTHER to it."""
        self.handled += other.handled
        self.failed += other.failed
        self.runtimes.merge(other.runtimes)
        self.waits.merge(other.waits)


class Meter:
    """Counts in memory alone. Used by all threads of a process."""

    def __init__(self) -> None:
        #: Whether anybody will take what is counted.
        self.on = False
        #: Seconds that this host's clock is ahead of the database's.
        self.clock_offset = 0.0
        self._lock = Lock()
        self._kept: dict[Minute, Measured] = {}

    def minute(self) -> int:
        """The minute that it is, by the database's clock as far as it is known here."""
        return int(time.time() - self.clock_offset) // 60

    def waited(self, kind: str | None, queue: int, waits: Sequence[float]) -> None:
        """Rows were claimed, so many seconds after they came due."""
        if not self.on:
            return
        with self._lock:
            self._entry(kind or "", queue).waits.add(waits)

    def ran(self, kind: str, queue: int, seconds: Sequence[float], *, failed: int = 0) -> None:
        """Rows were worked on for so many SECONDS each, so many of them in vain."""
        if not self.on:
            return
        with self._lock:
            entry = self._entry(kind, queue)
            entry.handled += len(seconds)
            entry.failed += failed
            entry.runtimes.add(seconds)

    def failed(self, kind: str, queue: int) -> None:
        """What is told to have run did not succeed."""
        if self.on:
            with self._lock:
                self._entry(kind, queue).failed += 1

    def take(self) -> dict[Minute, Measured]:
        """All that was counted since the last time."""
        with self._lock:
            taken, self._kept = self._kept, {}
        return taken

    def put_back(self, taken: Mapping[Minute, Measured]) -> None:
        """Keep what could not be written for the next time; the oldest goes when it is too much."""
        with self._lock:
            for key, measured in taken.items():
                self._entry(key.kind, key.queue, key.minute).merge(measured)

    def _entry(self, kind: str, queue: int, minute: int | None = None) -> Measured:
        key = Minute(self.minute() if minute is None else minute, kind, queue)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST:
                del self._kept[min(self._kept)]
            found = self._kept[key] = Measured()
        return found


#: Of this process.
meter = Meter()
