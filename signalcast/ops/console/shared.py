"""One look for all viewers of all web processes, however many pages are open."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from threading import Lock

import msgspec

from signalcast.core.broker import broker, key
from signalcast.ops.console.glance import Glance
from signalcast.ops.console.look import look

#: Seconds that a look is kept, by a process and once more for the others.
KEPT = 2.0


class Shared:
    """Keeps the last look, in Valkey for all processes and here for all threads.

    Without the broker each process looks for itself.
    """

    def __init__(self, look: Callable[[], Glance] = look, *, kept: float = KEPT) -> None:
        """LOOK is made anew after KEPT seconds."""
        self._look, self._keep = look, kept
        self._lock = Lock()
        self._kept: tuple[float, Glance] | None = None

    def glance(self) -> Glance:
        """How it is, or was a moment ago."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] >= self._keep:
                self._kept = time.monotonic(), self._found()
            return self._kept[1]

    def _found(self) -> Glance:
        from redis import RedisError

        try:
            found = _of_others()
        except RedisError:
            return self._look()
        if found is None:
            found = self._look()
            with suppress(RedisError):
                broker().set(key("console"), msgspec.json.encode(found), px=int(self._keep * 1_000))
        return found


@cache
def shared() -> Shared:
    """The one of this process."""
    return Shared()


def _of_others() -> Glance | None:
    text = broker().get(key("console"))
    try:
        return msgspec.json.decode(text, type=Glance) if isinstance(text, bytes) else None
    except msgspec.DecodeError:  # another version of ours left it there
        return None
