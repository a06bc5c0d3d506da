"""How long nothing must wait until one process fewer will do: longer after each regret."""

from __future__ import annotations

from signalcast.ops.capacity.decide import IDLE_FOR

#: Seconds after one fewer within which one more means that it was needed after all.
REGRET = 180.0
LONGEST = 3_600.0


class Patience:
    """Of one role. Under a steady load, a number that is just enough is found and kept."""

    def __init__(self) -> None:
        #: Seconds without a row that waits until the next one is retired.
        self.seconds = IDLE_FOR
        self._fewer_at: float | None = None

    def changed(self, *, more: bool, at: float) -> None:
        """The number was changed by one, at a moment of the process's own clock."""
        if not more:
            self._fewer_at = at
        elif self._fewer_at is not None and at - self._fewer_at < REGRET:
            self.seconds = min(2 * self.seconds, LONGEST)
        else:
            self.seconds = max(self.seconds / 2, IDLE_FOR)
