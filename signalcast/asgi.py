"""The web application of one process: doors, live streams, probes, and Django for all else."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from a2wsgi import WSGIMiddleware

# Sets Django up, which everything below needs.
from signalcast.wsgi import application as pages  # isort: skip
from signalcast.core import events, forwarded, trace
from signalcast.core.env import environment
from signalcast.core.process import END_STREAMS
from signalcast.core.request_ids import HEADER, request_id
from signalcast.intake.committer import Committer
from signalcast.intake.doors import Doors
from signalcast.live.door import PATH as LIVE
from signalcast.live.door import Live
from signalcast.ops.alerts.watch_scheduler import watch_scheduler
from signalcast.ops.health.probes import PATHS, Probes
from signalcast.ops.metrics.door import PATH as METRICS
from signalcast.ops.metrics.door import MetricsDoor
from signalcast.ops.telemetry import telemetry
from signalcast.work.beat import Beat

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

#: Seconds that stopping waits for what is not committed yet.
STOP_WITHIN = 8.0
#: Threads that serve pages. Each has a connection to the database.
PAGE_THREADS = 4
#: Seconds between two looks at who may run. The usual 5 ms is an age for a committer that takes
#: Python's lock several times for each batch, beside a loop that never rests.
SWITCH_INTERVAL = 0.0005
#: New objects between two looks for garbage.
GARBAGE = 20_000


class Site:
    """The ASGI application."""

    def __init__(self) -> None:
        #: Tells that the server lives, where it is one of ours.
        self.beat: Beat | None = None
        self.pages = WSGIMiddleware(pages, workers=PAGE_THREADS)  # type: ignore[arg-type]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or live one life."""
        if scope["type"] == "http":
            send = _named(scope, send)
            forwarded.believe(scope)
            with trace.span("request", method=scope["method"], **events.ids()):
                await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/in/"):
            await self.doors(scope, receive, send)
        elif path == LIVE:
            await self.live(scope, receive, send)
        elif path in PATHS:
            await self.probes(path, send)
        elif path == METRICS:
            await self.metrics(scope, send)
        else:
            await self.pages(scope, *_coroutines(receive, send))  # type: ignore[arg-type]

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start at the server's word, and stop at its word."""
        await receive()
        events.set_up()
        telemetry.begin("web")
        _tune()
        self._start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stop()
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        self.committer = Committer(backlog=environment().intake_backlog)
        self.committer.start(asyncio.get_running_loop())
        self.doors = Doors(self.committer)
        self.probes = Probes()
        self.metrics = MetricsDoor()
        self.live = Live()
        if threading.current_thread() is threading.main_thread():  # signals reach no other one
            asyncio.get_running_loop().add_signal_handler(END_STREAMS, self.live.close)
        self.watching = watch_scheduler()
        if self.beat:
            self.beat.start()
        events.emit("web.started")

    async def _stop(self) -> None:
        self.watching.set()
        if self.beat:
            await asyncio.to_thread(self.beat.stop)
        self.live.close()
        drained = await asyncio.to_thread(self.committer.stop, STOP_WITHIN)
        self.doors.close()
        self.probes.close()
        self.metrics.close()
        await asyncio.to_thread(telemetry.end)
        events.emit("web.stopped", drained=drained)


def _tune() -> None:
    """Set the interpreter to a process with few threads that answers thousands of requests."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    # What was imported stays: looking through it again and again would take a request's time
    # for every hundred requests, and a tenth of a second now and then.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


def _named(scope: Message, send: Send) -> Send:
    """Name the request, in all that is logged on its account and in its answer. Returns SEND."""
    peer = scope.get("client")
    own = request_id(_header(scope, HEADER), peer[0] if peer else "")
    events.now_about(request=own)
    header = (HEADER, own.encode())

    def send_named(message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), header]
        return send(message)

    return send_named


def _header(scope: Message, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _coroutines(receive: Receive, send: Send) -> tuple[Receive, Send]:
    """The server's callables as coroutine functions, which asyncio insists on between threads."""

    async def receive_one() -> Message:
        return await receive()

    async def send_one(message: Message) -> None:
        await send(message)

    return receive_one, send_one


application = Site()
