"""Figures of a queue that add up: over processes, over queues, over minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from signalcast.work.histogram import from_text
from signalcast.work.meter import Measured


@dataclass(slots=True)
class Sums:
    """What was done in a span of time, and the most that waited meanwhile."""

    measured: Measured = field(default_factory=Measured)
    memory: int = 0
    ready: int = 0
    later: int = 0
    in_hand: int = 0
    parked: int = 0
    oldest: float = 0.0

    def merge(self, other: Sums) -> None:
        """Add OTHER, of the same queue: the most of what waited at two moments."""
        self.measured.merge(other.measured)
        self.memory = max(self.memory, other.memory)
        self.ready = max(self.ready, other.ready)
        self.later = max(self.later, other.later)
        self.in_hand = max(self.in_hand, other.in_hand)
        self.parked = max(self.parked, other.parked)
        self.oldest = max(self.oldest, other.oldest)

    def join(self, other: Sums) -> None:
        """Add OTHER, of another queue at the same time: what waits in both."""
        ready, later = self.ready + other.ready, self.later + other.later
        in_hand, parked = self.in_hand + other.in_hand, self.parked + other.parked
        self.merge(other)
        self.ready, self.later, self.in_hand, self.parked = ready, later, in_hand, parked


def measured_of(handled: int, failed: int, runtimes: str, waits: str) -> Measured:
    """What the columns of a row say."""
    return Measured(handled, failed, from_text(runtimes), from_text(waits))


def moment_of(minute: int) -> datetime:
    """When a minute since 1970 began."""
    return datetime.fromtimestamp(minute * 60, UTC)


def minute_of(moment: datetime) -> int:
    """The minute since 1970 that a moment lies in."""
    return int(moment.timestamp()) // 60
