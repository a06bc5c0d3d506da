"""When what was put off for a short while is due again, so that somebody looks in time."""

from __future__ import annotations

import math
from collections.abc import Iterable

#: Moments are told apart by this many seconds, and remembered for so many ahead: whoever waits for
#: longer is found by the looks that are taken anyway.
APART = 0.05
AHEAD = 15.0


class Later:
    """Moments of one process's clock."""

    def __init__(self) -> None:
        self._moments: set[int] = set()

    def note(self, waits: Iterable[float], now: float) -> None:
        """Something is due in each of WAITS seconds."""
        self._moments |= {math.ceil((now + wait) / APART) for wait in waits if wait <= AHEAD}

    def next(self, now: float) -> float:
        """Seconds until the first moment that is to come; infinity when there is none."""
        if not self._moments:
            return math.inf
        self._moments = {moment for moment in self._moments if moment * APART > now}
        return min(self._moments, default=math.inf) * APART - now
