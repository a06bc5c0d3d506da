"""Subscribers' webhooks: real HTTP servers that log every arrival and behave as they are told."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that a receiver read to its end."""

    name: str
    webhook_id: str
    #: The comment of the signal: what the sender's log knows it by.
    comment: str
    number: int
    type: str
    data: dict[str, Any]
    at: float
    status: int


@dataclass(slots=True)
class Behaviour:
    """What a receiver does; by default it accepts."""

    #: Statuses to answer first, one a request.
    first: list[int] = field(default_factory=list)
    #: Seconds to wait before each answer.
    hang: float = 0.0
    #: How many requests are read to their end and then cut off without an answer.
    drop: int = 0
    #: The answer once `first` is used up.
    then: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Receivers:
    """All receivers of a test: http://127.0.0.1:PORT/NAME each."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.behaviour: dict[str, Behaviour] = defaultdict(Behaviour)
        self.in_hand: dict[str, int] = defaultdict(int)
        self.most_in_hand: dict[str, int] = defaultdict(int)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def url(self, name: str) -> str:
        """The address of one receiver."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def of(self, name: str) -> list[Arrival]:
        """What one receiver got, in order."""
        return [arrival for arrival in list(self.arrivals) if arrival.name == name]

    def accepted(self, name: str) -> list[Arrival]:
        """What one receiver got and answered with 2xx."""
        return [arrival for arrival in self.of(name) if arrival.status // 100 == 2]

    def start(self) -> None:
        """Listen on a free port."""
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_post("/{name}", self._receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1_024)
        self._loop.run_until_complete(site.start())
        self.port = int(runner.addresses[0][1])
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _receive(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        told = self.behaviour[name]
        body = await request.read()
        self.in_hand[name] += 1
        self.most_in_hand[name] = max(self.most_in_hand[name], self.in_hand[name])
        try:
            if told.drop:
                told.drop -= 1
                self._log(name, request, body, 0)
                if request.transport:
                    request.transport.abort()
                return web.Response()
            status = told.first.pop(0) if told.first else told.then
            if told.hang:
                await asyncio.sleep(told.hang)
            self._log(name, request, body, status)
            return web.Response(status=status, headers=told.headers)
        finally:
            self.in_hand[name] -= 1

    def _log(self, name: str, request: web.Request, body: bytes, status: int) -> None:
        message = json.loads(body)
        self.arrivals.append(
            Arrival(
                name=name,
                webhook_id=request.headers["webhook-id"],
                comment=message["data"].get("signal", {}).get("comment", ""),
                number=message["data"].get("revision", {}).get("number", 0),
                type=message["type"],
                data=message["data"],
                at=time.monotonic(),
                status=status,
            )
        )


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Receivers that end with the block."""
    made = Receivers()
    made.start()
    try:
        yield made
    finally:
        made.stop()
