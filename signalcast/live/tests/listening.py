"""One stream as its listener sees it, driven without a server: ASGI calls in a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeVar

from django.db import connection

from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.live.door import Live

T = TypeVar("T")


class Play(Protocol):
    """Runs a scenario with the streams of one web process."""

    def __call__(self, scenario: Callable[[Live], Awaitable[None]], **options: Any) -> None: ...


class Listening:
    """One stream as a client sees it."""

    def __init__(self, live: Live, *, method: str = "GET", query: str = "", **headers: str) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.ended = False
        #: Where it said it had been.
        self.since = headers.get("last_event_id", "")
        self._changed = asyncio.Event()
        self._gone = asyncio.Event()
        scope: MutableMapping[str, Any] = {
            "type": "http", "method": method, "path": "/live/", "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
            ],
        }  # fmt: skip
        self.task = asyncio.ensure_future(live(scope, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.status = message.get("status", self.status)
        for name, value in message.get("headers", ()):
            self.headers[name.decode()] = value.decode()
        self.text += message.get("body", b"").decode()
        self.ended = message["type"] == "http.response.body" and not message.get("more_body")
        self._changed.set()

    async def until(self, condition: Callable[[], bool], within: float = 10) -> None:
        async with asyncio.timeout(within):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def words(self, *words: str) -> None:
        """Wait until exactly these were heard, in this order."""
        await self.until(lambda: len(self.heard) >= len(words))
        assert self.heard == list(words)

    @property
    def heard(self) -> list[str]:
        return _words(self.text)

    @property
    def ids(self) -> list[str]:
        """The places that were told, in order."""
        return [line[4:] for line in self.text.split("\n") if line.startswith("id: ")]

    @property
    def last_id(self) -> str:
        return self.ids[-1]

    def heard_until(self, place: str) -> list[str]:
        """What had been heard when this place was told."""
        before, found, _after = self.text.partition(f"id: {place}\n")
        rest = _after.partition("\n\n")[0]
        return _words(before + found + rest)

    async def hang_up(self) -> None:
        self._gone.set()
        await self.task


async def in_thread(function: Callable[[], T]) -> T:
    """Call in a thread of its own, with a connection of its own."""

    def call() -> T:
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(call)


def post(feed: Feed, word: str, **fields: Any) -> Post:
    return Post.objects.create(feed=feed, type="signal.published", data={"word": word}, **fields)


def _words(text: str) -> list[str]:
    return [
        line.partition('"word":"')[2].partition('"')[0]
        for line in text.split("\n")
        if '"word":"' in line
    ]
