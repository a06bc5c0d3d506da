"""What waits for one listener: a few references to frames that all listeners share."""

from __future__ import annotations

import asyncio
from time import monotonic

from signalcast.live.cursor import Cursor
from signalcast.live.rights import Listener

#: Frames that may wait for one listener; one that falls behind further is let go, and resumes.
MOST_WAITING = 1_000
#: Bytes after which what waits goes out in more than one piece.
PIECE = 65_536


class Stream:
    """One listener's stream. Lives in one event loop."""

    __slots__ = (
        "_ended",
        "_most_waiting",
        "_waiting",
        "_wake",
        "feeds",
        "listener",
        "offered_at",
        "start",
    )

    def __init__(
        self, listener: Listener, feeds: frozenset[int], start: Cursor, *, most_waiting: int
    ) -> None:
        self.listener = listener
        self.feeds = feeds
        #: Where the hub was when the stream began: what came before is replayed.
        self.start = start
        #: When something was last offered, by this host's monotonic clock.
        self.offered_at = monotonic()
        self._most_waiting = most_waiting
        self._waiting: list[bytes] = []
        self._wake: asyncio.Future[None] | None = None
        self._ended = False

    def offer(self, frame: bytes) -> bool:
        """Have a frame sent. False when too many wait already."""
        if len(self._waiting) >= self._most_waiting:
            return False
        self.offered_at = monotonic()
        self._waiting.append(frame)
        self._rouse()
        return True

    def end(self, last: bytes = b"") -> None:
        """End the stream once what waits is sent, with a LAST frame."""
        self._ended = True
        if last:
            self._waiting.append(last)
        self._rouse()

    def cut(self) -> None:
        """End the stream without what still waits: its listener comes back for that."""
        self._waiting.clear()
        self.end()

    async def next(self) -> bytes:
        """What waits, in one piece; nothing once the stream is at its end."""
        while not self._waiting:
            if self._ended:
                return b""
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        if len(self._waiting) == 1:
            return self._waiting.pop()
        size = count = 0
        while count < len(self._waiting) and size < PIECE:
            size += len(self._waiting[count])
            count += 1
        piece = b"".join(self._waiting[:count])
        del self._waiting[:count]
        return piece

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
