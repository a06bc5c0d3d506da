"""The live streams of one web process: one look at the database serves all of its listeners."""

from __future__ import annotations

import asyncio
from time import monotonic

from django.db import Error
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.delivery.listen import listen
from signalcast.live.cursor import MOST_MISSING, Cursor, skipped
from signalcast.live.database_thread import Closed, DatabaseThread, Together
from signalcast.live.frame import frame
from signalcast.live.rights import Right, Shown, admit, allowed, still_valid
from signalcast.live.rows import (
    MOST_AT_ONCE,
    TRIAL,
    LivePost,
    Missed,
    newest,
    posts_after,
    replay,
)
from signalcast.live.stream import Stream
from signalcast.pipeline import SEND

#: Seconds between two looks at everybody's rights, and between two signs of life: proxies end
#: what is silent.
RIGHTS_EVERY = 4.0
HEARTBEAT = 15.0
#: Seconds after which a number that never came counts as rolled back.
ROLLED_BACK_AFTER = 600.0
#: Requests whose rights are looked up together, and replays that are read in one go.
ADMITTED_TOGETHER = 100
REPLAYED_TOGETHER = 10


class Hub:
    """Watches posts and passes them on. Lives in one event loop."""

    def __init__(self, *, look_every: float, rights_every: float, most_waiting: int) -> None:
        self._look_every = look_every
        self._rights_every = rights_every
        self._most_waiting = most_waiting
        self.streams: set[Stream] = set()
        self.at = Cursor(0)
        self._missing: dict[int, float] = {}
        # Whoever comes or catches up must not keep new posts from those who are there.
        self._watching = DatabaseThread("live-posts")
        self._asking = DatabaseThread("live-rights")
        self._admitted = Together[Shown, Right](self._asking, admit, ADMITTED_TOGETHER)
        self._replayed = Together[Missed, list[LivePost] | None](
            self._asking, replay, REPLAYED_TOGETHER
        )
        self._rung = asyncio.Event()
        self._looking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def admit(self, shown: Shown) -> Right:
        """Who shows this, and what they may hear. Raises Closed, django.db.Error."""
        return await self._admitted.ask(shown)

    async def open(self, right: Right, since: Cursor | None) -> Stream:
        """A stream of what comes from now on. Raises Closed, django.db.Error.

        SINCE is where its listener says it has been, perhaps in another process, and perhaps
        further than this one has looked.
        """
        async with self._looking:
            if not self.streams:  # nobody looked while nobody listened
                self._be_at(await self._watching.ask(newest))
            while since and since.has_seen_past(self.at):
                if await self._look() < MOST_AT_ONCE:
                    break
            if self._closed or right.listener is None or right.feeds is None:
                raise Closed
            stream = Stream(right.listener, right.feeds, self.at, most_waiting=self._most_waiting)
            self.streams.add(stream)
        if not self._tasks:
            loop = asyncio.get_running_loop()
            works = (listen(SEND, self._rung.set), self._watch(), self._keep_rights(), self._beat())
            self._tasks = [loop.create_task(work) for work in works]
        return stream

    def drop(self, stream: Stream) -> None:
        """Forget a stream whose listener is gone."""
        self.streams.discard(stream)

    async def missed(self, question: Missed) -> list[LivePost] | None:
        """The next step of a replay. Raises Closed, django.db.Error."""
        return await self._replayed.ask(question)

    def close(self) -> None:
        """End all streams; their listeners come back to another process."""
        if self._closed:
            return
        self._closed = True
        for stream in self.streams:
            stream.end()
        for task in self._tasks:
            task.cancel()
        self._watching.close()
        self._asking.close()

    async def _watch(self) -> None:
        """Pass new posts on whenever the bell rings, and look every now and then without it."""
        while True:
            try:
                async with asyncio.timeout(self._look_every):
                    await self._rung.wait()
            except TimeoutError:
                pass
            self._rung.clear()
            if not self.streams:
                continue
            try:
                async with self._looking:
                    found = await self._look()
            except (Closed, Error) as error:
                events.warn("live.database_away", error=str(error).strip())
                continue
            if found == MOST_AT_ONCE:
                # There is more. Those who keep up take what they have first.
                self._rung.set()
                await asyncio.sleep(0.001)

    async def _look(self) -> int:
        """Pass the next posts on. Returns how many they were."""
        here = self.at
        posts = await self._watching.ask(lambda: posts_after(here))
        for post in posts:
            self._pass_on(post)
        return len(posts)

    def _pass_on(self, post: LivePost) -> None:
        self._see(post.id)
        if post.type == TRIAL:
            return
        sent = frame(str(self.at), post.type, post.body)
        slow = [
            stream
            for stream in self.streams
            if post.feed in stream.feeds and not stream.offer(sent)
        ]
        for stream in slow:
            stream.cut()
            self.drop(stream)
            events.emit("live.too_slow", user=stream.listener.user)

    def _see(self, number: int) -> None:
        now = monotonic()
        self._missing |= dict.fromkeys(skipped(self.at.top, number), now)
        self._missing.pop(number, None)
        self._missing = {
            one: self._missing[one]
            for one in sorted(self._missing)[-MOST_MISSING:]
            if now - self._missing[one] < ROLLED_BACK_AFTER
        }
        self.at = Cursor(max(self.at.top, number), frozenset(self._missing))

    def _be_at(self, cursor: Cursor) -> None:
        self.at = cursor
        self._missing = dict.fromkeys(cursor.missing, monotonic())

    async def _keep_rights(self) -> None:
        """Look at everybody's rights together, every few seconds."""
        while True:
            await asyncio.sleep(self._rights_every)
            listeners = {stream.listener for stream in self.streams}
            if not listeners:
                continue
            try:
                rights = await self._asking.ask(lambda all_=listeners: allowed(all_))  # type: ignore[misc]
                lost = listeners - rights.keys()
                valid = (
                    await self._asking.ask(lambda all_=lost: still_valid(all_)) if lost else set()  # type: ignore[misc]
                )
            except (Closed, Error) as error:
                events.warn("live.database_away", error=str(error).strip())
                continue
            for stream in [one for one in self.streams if one.listener in listeners]:
                if stream.listener in rights:
                    stream.feeds = rights[stream.listener]
                else:
                    self._dismiss(stream, signed_in=stream.listener in valid)

    def _dismiss(self, stream: Stream, *, signed_in: bool) -> None:
        """End the stream of somebody whose right has ended, and say why."""
        if signed_in:
            why = _("No plan of yours has the live stream any more. Renew it, then listen again.")
        else:
            why = _("You are signed out, or your token was replaced. Sign in, then listen again.")
        stream.end(frame("", "end", why.encode()))
        self.drop(stream)
        events.emit("live.right_ended", user=stream.listener.user)

    async def _beat(self) -> None:
        """Give signs of life where it is quiet. Each brings the place up to date too."""
        while True:
            await asyncio.sleep(1.0)
            quiet = monotonic() - HEARTBEAT
            sign = b":\n" + frame(str(self.at), "", b"")
            for stream in self.streams:
                if stream.offered_at < quiet:
                    stream.offer(sign)
