"""How spans of time are spread, kept so that those of many processes add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

#: Seconds of the first bucket, and how much larger each next one is. What is read from a bucket is
#: wrong by half of that at most: one part in twenty, from a tenth of a millisecond to a month.
LEAST = 0.0001
GROWTH = 1.1
LAST = 255

MICROSECONDS = 1_000_000
_decoder = msgspec.json.Decoder(list[int])
_LOG = math.log(GROWTH)
#: The value in a bucket's range that is as far from its lower as from its upper end.
_MIDDLE = 2 / (1 + GROWTH)


@dataclass(slots=True)
class Histogram:
    """Counts of seconds in buckets that are the same everywhere."""

    counts: dict[int, int] = field(default_factory=dict)
    #: The longest one, exactly.
    most: float = 0.0

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    def add(self, several: Sequence[float]) -> None:
        """Count SEVERAL, of so many seconds each."""
        counts = self.counts
        for seconds in several:
            bucket = 0
            if seconds > LEAST:
                bucket = min(math.ceil(math.log(seconds / LEAST) / _LOG), LAST)
            counts[bucket] = counts.get(bucket, 0) + 1
        self.most = max(self.most, max(several, default=0.0))

    def merge(self, other: Histogram) -> None:
        """Count all that OTHER has counted too."""
        if self.counts:
            for bucket, count in other.counts.items():
                self.counts[bucket] = self.counts.get(bucket, 0) + count
        else:
            self.counts = other.counts.copy()
        self.most = max(self.most, other.most)

    def percentile(self, part: float) -> float | None:
        """The seconds that PART of them (0.95) do not exceed; None when there are none."""
        wanted = math.ceil(part * self.count)
        for bucket, count in sorted(self.counts.items()):
            wanted -= count
            if wanted <= 0:
                return min(LEAST * GROWTH**bucket * _MIDDLE, self.most)
        return None

    def text(self) -> str:
        """The same as a short text; empty when there is none."""
        if not self.counts:
            return ""
        flat = [number for pair in sorted(self.counts.items()) for number in pair]
        return msgspec.json.encode([round(self.most * MICROSECONDS), *flat]).decode()


def from_text(text: str) -> Histogram:
    """What `text` wrote. What cannot be read counts nothing: nobody fails over statistics."""
    if not text:
        return Histogram()
    try:
        numbers = _decoder.decode(text)
    except msgspec.DecodeError:
        return Histogram()
    counts = dict(zip(numbers[1::2], numbers[2::2], strict=False))
    return Histogram(counts, numbers[0] / MICROSECONDS if counts else 0.0)
