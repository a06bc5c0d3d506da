"""One look for all viewers of all web processes, however many pages are open."""

from __future__ import annotations

import time
from collections.abc import Callable
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
                found = _of_others()
                if found is None:
                    found = self._look()
                    _share(found, self._keep)
                self._kept = time.monotonic(), found
            return self._kept[1]


@cache
def shared() -> Shared:
    """The one of this process."""
    return Shared()


def _of_others() -> Glance | None:
    from redis import RedisError

    try:
        text = broker().get(key("console"))
        return msgspec.json.decode(text, type=Glance) if isinstance(text, bytes) else None
    except (RedisError, msgspec.DecodeError):  # away, or of another version of ours
        return None


def _share(found: Glance, seconds: float) -> None:
    from redis import RedisError

    try:
        broker().set(key("console"), msgspec.json.encode(found), px=int(seconds * 1_000))
    except RedisError:
        return
