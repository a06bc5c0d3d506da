"""The web application of one process: doors, live streams, probes, and Django for all else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec
from a2wsgi import WSGIMiddleware
from django.utils.translation import gettext as _

# Sets Django up, which everything below needs.
from signalcast.wsgi import application as pages  # isort: skip
from signalcast.core import events, forwarded, trace
from signalcast.core.env import environment
from signalcast.core.process import END_STREAMS
from signalcast.core.request_ids import HEADER, request_id
from signalcast.intake.committer import Committer
from signalcast.intake.doors import Doors
from signalcast.intake.problems import Problem
from signalcast.live.door import PATH as LIVE
from signalcast.live.door import Live
from signalcast.ops.health.probes import PATHS, Probes
from signalcast.ops.metrics.door import PATH as METRICS
from signalcast.ops.metrics.door import MetricsDoor
from signalcast.server.deadline import bounded
from signalcast.server.worker import SERVED, Serve, Worker

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ENDS = (b"connection", b"close")
#: Threads that wait for pages, for as long as their deadline says.
WAITING_THREADS = 32
#: Seconds that stopping waits for what is not committed yet.
STOP_WITHIN = 8.0


class Site:
    """The ASGI application."""

    def __init__(self) -> None:
        #: Whose process this is.
        self.worker = Worker()
        #: Pages and doors, unless each has processes of its own.
        self.serves: Serve = "all"

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or live one life."""
        if scope["type"] == "http":
            self.worker.cell[SERVED] += 1
            send = self._named(scope, send)
            forwarded.believe(scope)
            with trace.span("request", method=scope["method"], **events.ids()):
                await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        path = scope["path"]
        takes_signals = self.serves != "pages"
        if takes_signals and path.startswith("/in/"):
            await self.doors(scope, receive, send)
        elif takes_signals and path == LIVE:
            await self.live(scope, receive, send)
        elif path in PATHS:
            await self.probes(path, send)
        elif takes_signals and path == METRICS:
            await self.metrics(scope, send)
        elif self.serves == "doors":
            await _no_page(send)
        else:
            await self.pages(scope, *_coroutines(receive, send))  # type: ignore[arg-type]

    def _named(self, scope: Message, send: Send) -> Send:
        """Name the request, in all that is logged on its account and in its answer. Returns SEND.

        Answers of a worker that leaves end their connections.
        """
        peer = scope.get("client")
        own = request_id(_header(scope, HEADER), peer[0] if peer else "")
        events.now_about(request=own)
        header = (HEADER, own.encode())

        def send_named(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
                if self.worker.leaving:
                    message["headers"].append(ENDS)
            return send(message)

        return send_named

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start at the server's word, and stop at its word."""
        await receive()
        self.worker.begin()
        self._start()
        self.worker.serve()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        drained = await self._stop()
        await asyncio.to_thread(self.worker.end, drained=drained)
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        self.probes = Probes()
        if self.serves != "doors":
            made = bounded(pages, self.worker)
            self.pages = WSGIMiddleware(made, workers=WAITING_THREADS)  # type: ignore[arg-type]
        if self.serves != "pages":
            self.committer = Committer(backlog=environment().intake_backlog)
            self.committer.start(asyncio.get_running_loop())
            self.doors = Doors(self.committer)
            self.metrics = MetricsDoor()
            self.live = Live()
        if threading.current_thread() is threading.main_thread():  # signals reach no other one
            asyncio.get_running_loop().add_signal_handler(END_STREAMS, self._leave)

    def _leave(self) -> None:
        self.worker.leave()
        if self.serves != "pages":
            self.live.close()

    async def _stop(self) -> bool:
        """End what waits. Returns whether all that came was committed."""
        drained = True
        if self.serves != "pages":
            self.live.close()
            drained = await asyncio.to_thread(self.committer.stop, STOP_WITHIN)
            self.doors.close()
            self.metrics.close()
        self.probes.close()
        return drained


async def _no_page(send: Send) -> None:
    problem = Problem(HTTPStatus.NOT_FOUND, _("There is nothing here. Pages are served elsewhere."))
    body = msgspec.json.encode(problem.document())
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
