"""The probes: /livez, /readyz and /health. They tell outsiders nothing more than yes or no."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, TypeVar

import msgspec
from django.db import Error, close_old_connections

from signalcast.core import events
from signalcast.ops.health.queue_states import LATE, queue_states
from signalcast.ops.health.readiness import Behind, readiness

LIVE, READY, HEALTH = "/livez", "/readyz", "/health"
PATHS = frozenset((LIVE, READY, HEALTH))

#: Seconds that the database has for an answer, and that /health is remembered.
PATIENCE = 0.9
REMEMBERED = 1.0

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")
Answer = tuple[int, dict[str, Any]]


class Probes:
    """Answers the probes of one web process. Lives in one event loop."""

    def __init__(self) -> None:
        # A thread of its own: a database that hangs must not take the pages' threads.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="probes")
        self._health: tuple[float, Answer] = (0.0, (503, {}))
        self._asking: asyncio.Task[Answer] | None = None

    async def __call__(self, path: str, send: Send) -> None:
        """Answer a request for PATH, one of PATHS."""
        if path == LIVE:
            status, document = 200, {"status": "ok"}
        elif path == READY:
            status, document = await self._ready()
        else:
            status, document = await self._healthy()
        body = msgspec.json.encode(document)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _ready(self) -> Answer:
        try:
            await self._ask(readiness)
        except (Error, Behind, OSError, TimeoutError) as error:
            events.warn("probe.not_ready", error=str(error) or "no answer in time")
            return 503, {"status": "not ready"}
        return 200, {"status": "ready"}

    async def _healthy(self) -> Answer:
        """What /health says, asked once for all who ask within a second."""
        until, answer = self._health
        if until > monotonic():
            return answer
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._examine())
        return await asyncio.shield(self._asking)

    async def _examine(self) -> Answer:
        try:
            queues = await self._ask(queue_states)
            state = "degraded" if LATE in queues.values() else "ok"
            answer = 200, {"status": state, "database": "ok", "queue": queues}
        except (Error, OSError, TimeoutError) as error:
            events.warn("probe.database_down", error=str(error) or "no answer in time")
            answer = 503, {"status": "degraded", "database": "down", "queue": {}}
        self._health = monotonic() + REMEMBERED, answer
        self._asking = None
        return answer

    async def _ask(self, question: Callable[[], T]) -> T:
        """The answer of a function that speaks to the database. Raises TimeoutError too."""
        loop = asyncio.get_running_loop()
        asked = loop.run_in_executor(self._thread, _fresh(question))
        return await asyncio.wait_for(asked, PATIENCE)


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
