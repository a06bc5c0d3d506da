"""The WSGI application of a process that serves pages alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from signalcast.core import events, trace
from signalcast.core.request_ids import HEADER, request_id
from signalcast.ops.health.probes import LIVE
from signalcast.server.deadline import Application, Environ, StartResponse
from signalcast.server.worker import SERVED, Worker

#: What request_id's header is called here, and where WSGI puts it.
NAME = HEADER.decode()
VARIABLE = "HTTP_" + NAME.upper().replace("-", "_")
ALIVE = b'{"status":"ok"}'


class Pages:
    """Names each request, counts it, and answers whoever asks whether this process lives."""

    def __init__(self, pages: Application, worker: Worker) -> None:
        self._pages, self._worker = pages, worker
        self._counting = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        with self._counting:
            self._worker.cell[SERVED] += 1
        own = request_id(environ.get(VARIABLE, ""), environ.get("REMOTE_ADDR", ""))
        events.now_about(request=own)
        start = self._named(own, start_response)
        if environ["PATH_INFO"] == LIVE:
            return _live(start)
        with trace.span("request", method=environ["REQUEST_METHOD"], **events.ids()):
            return self._pages(environ, start)

    def _named(self, own: str, start_response: StartResponse) -> Callable[..., Any]:
        def start_named(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            more = [(NAME, own)]
            if self._worker.leaving:
                more.append(("connection", "close"))
            return start_response(status, [*headers, *more], *rest)

        return start_named


def _live(start_response: StartResponse) -> list[bytes]:
    headers = [
        ("content-type", "application/json"),
        ("content-length", str(len(ALIVE))),
        ("cache-control", "no-store"),
    ]
    start_response("200 OK", headers)
    return [ALIVE]
