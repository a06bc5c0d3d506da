"""An answer of the database that is asked for again only after a while."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from signalcast.ops.metrics.gauge import Gauge

#: An answer is remembered this many times as long as it took: asking takes a twentieth at most.
TIMES = 20


class Remembered:
    """The gauges of one function. Used from one thread."""

    def __init__(self, ask: Callable[[], list[Gauge]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._until = -math.inf
        self._answer: list[Gauge] = []

    def get(self) -> list[Gauge]:
        """The answer, at most so many seconds old. Raises what asking raises."""
        began = time.monotonic()
        if began >= self._until:
            self._answer = self._ask()
            ended = time.monotonic()
            self._until = ended + max(self._seconds, TIMES * (ended - began))
        return self._answer
