"""How fast a source may post: a bucket of tokens for each, in this process."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from time import monotonic


class Rate:
    """Lets PER_SECOND signals through on average, and BURST at once."""

    def __init__(
        self, *, per_second: float, burst: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self.per_second = per_second
        self.burst = float(burst)
        self.clock = clock
        self._left: dict[int, tuple[float, float]] = {}

    def wait(self, source_id: int, count: int) -> int:
        """Seconds until COUNT signals may be posted; 0 when they may, and then they are counted.

        A request of more than a whole burst passes when the bucket is full.
        """
        now = self.clock()
        left, at = self._left.get(source_id, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.per_second)
        needed = min(float(count), self.burst)
        if left >= needed:
            self._left[source_id] = left - needed, now
            return 0
        self._left[source_id] = left, now
        return ceil((needed - left) / self.per_second)
