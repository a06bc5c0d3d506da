"""The live streams of one web process: one look at the database serves all of its listeners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import TypeVar

from django.db import Error, InterfaceError, close_old_connections, connection

from signalcast.core import events
from signalcast.delivery.listen import listen
from signalcast.live.cursor import Cursor
from signalcast.live.rows import (
    Listener,
    LivePost,
    allowed,
    newest,
    posts_after,
    replayed,
)
from signalcast.pipeline import LOOK_EVERY, SEND

#: Frames that may wait for one listener; one that falls behind further is let go, and resumes.
MOST_WAITING = 256
#: Seconds between two looks at everybody's rights.
RIGHTS_EVERY = 5.0
#: Seconds after which a number that never came counts as rolled back.
ROLLED_BACK_AFTER = 60.0

T = TypeVar("T")


class Stream:
    """What waits for one listener."""

    def __init__(
        self, listener: Listener, feeds: frozenset[int], start: Cursor, *, most_waiting: int
    ) -> None:
        self.listener = listener
        self.feeds = feeds
        #: Where the hub was when the stream began: what came before is replayed.
        self.start = start
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue(most_waiting)

    def put(self, frame: bytes | None) -> bool:
        """Have a frame sent; None ends the stream. False when too many wait already."""
        try:
            self.frames.put_nowait(frame)
        except asyncio.QueueFull:
            return False
        return True

    def end(self, why: str = "") -> None:
        """End the stream once what waits is sent, with a last event that says why."""
        while not self.put(frame("", "end", why.encode()) if why else None):
            self.frames.get_nowait()
        if why:
            self.end()


class Hub:
    """Watches posts and passes them on. Lives in one event loop."""

    def __init__(self, *, rights_every: float, most_waiting: int) -> None:
        self._rights_every = rights_every
        self._most_waiting = most_waiting
        self.streams: set[Stream] = set()
        self.at = Cursor(0)
        self._missing: dict[int, float] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._rung = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def open(self, listener: Listener) -> Stream | None:
        """A stream of what comes from now on; None when the listener may hear nothing."""
        self._start()
        rights = await self.ask(lambda: allowed([listener]))
        if not self.streams:
            # Nobody listened, so nobody looked.
            here = await self.ask(newest)
            if not self.streams:
                self._put(here)
        if listener not in rights or self._closed:
            return None
        stream = Stream(listener, rights[listener], self.at, most_waiting=self._most_waiting)
        self.streams.add(stream)
        return stream

    def drop(self, stream: Stream) -> None:
        """Forget a stream whose listener is gone."""
        self.streams.discard(stream)

    async def replay(self, stream: Stream, since: Cursor) -> list[LivePost] | None:
        """What STREAM's listener missed between SINCE and its start; None when it is too much."""
        return await self.ask(lambda: replayed(since, stream.start, stream.feeds))

    async def ask(self, question: Callable[[], T]) -> T:
        """The answer of a function that speaks to the database. Raises django.db.Error."""
        if self._closed:
            raise InterfaceError("This process is stopping")
        return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh(question))

    def close(self) -> None:
        """End all streams; their listeners come back to another process."""
        if self._closed:
            return
        self._closed = True
        for stream in self.streams:
            stream.end()
        for task in self._tasks:
            task.cancel()
        self._thread.submit(lambda: connection.close())  # the thread's own
        self._thread.shutdown(wait=False)

    def _start(self) -> None:
        """Begin to watch when the first listener comes: a site without any pays nothing."""
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(listen(SEND, self._rung.set)),
                loop.create_task(self._watch()),
                loop.create_task(self._keep_rights()),
            ]

    async def _watch(self) -> None:
        """Pass new posts on whenever the bell rings, and look once a second without it."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._rung.wait()
            except TimeoutError:
                pass
            self._rung.clear()
            if not self.streams:
                continue
            try:
                here = self.at
                for post in await self.ask(lambda here=here: posts_after(here)):  # type: ignore[misc]
                    self._pass_on(post)
            except Error as error:
                events.warn("live.database_away", error=str(error).strip())

    def _pass_on(self, post: LivePost) -> None:
        now = monotonic()
        self._missing.pop(post.id, None)
        self._missing |= dict.fromkeys(range(self.at.top + 1, post.id), now)
        self._missing = {
            number: since
            for number, since in self._missing.items()
            if now - since < ROLLED_BACK_AFTER
        }
        self.at = Cursor(max(self.at.top, post.id), frozenset(self._missing))
        if post.type == "test.published":  # for one destination only
            return
        sent = frame(str(self.at), post.type, post.body)
        for stream in [one for one in self.streams if post.feed in one.feeds]:
            if not stream.put(sent):
                stream.frames = asyncio.Queue(self._most_waiting)
                stream.end()
                self.drop(stream)
                events.emit("live.too_slow", user=stream.listener.user)

    def _put(self, cursor: Cursor) -> None:
        self.at = cursor
        self._missing = dict.fromkeys(cursor.missing, monotonic())

    async def _keep_rights(self) -> None:
        """Look at everybody's rights together, every few seconds."""
        while True:
            await asyncio.sleep(self._rights_every)
            streams = list(self.streams)
            if not streams:
                continue
            try:
                rights = await self.ask(lambda s=streams: allowed({one.listener for one in s}))  # type: ignore[misc]
            except Error as error:
                events.warn("live.database_away", error=str(error).strip())
                continue
            for stream in streams:
                if stream.listener in rights:
                    stream.feeds = rights[stream.listener]
                else:
                    stream.end("The right to listen has ended.")
                    self.drop(stream)


def frame(id_: str, event: str, data: bytes) -> bytes:
    """One event of the stream (HTML standard, section 9.2.6). DATA is one line."""
    parts = [b"id: " + id_.encode()] if id_ else []
    parts += [b"event: " + event.encode()] if event else []
    parts += [b"data: " + data] if data else []
    return b"\n".join(parts) + b"\n\n"


def _fresh(question: Callable[[], T]) -> Callable[[], T]:
    """The question, asked again on a new connection when the old one turns out to be dead."""

    def ask() -> T:
        close_old_connections()
        try:
            return question()
        except Error:
            close_old_connections()
            return question()

    return ask
