"""Answer for a page that takes too long, while its thread goes on."""

from __future__ import annotations

import contextvars
import sys
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
from django.db import close_old_connections
from django.template.loader import get_template
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.intake.problems import Problem
from signalcast.server.worker import STUCK, Worker

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
#: Threads of a worker that make pages. Each has a connection to the database.
PAGE_THREADS = 4
#: Calls that are told of where a thread stands, the innermost first.
CALLS = 10


class _Page:
    """One request on its way through the threads."""

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.context = contextvars.copy_context()
        self.done = threading.Event()
        #: Guards the two that follow: whoever is first decides.
        self.lock = threading.Lock()
        self.given_up = False
        self.thread = 0
        self.start: tuple[Any, ...] = ()
        self.body: Iterable[bytes] = ()
        self.error: BaseException | None = None

    def begin(self) -> bool:
        """Whether somebody waits for it still, now that this thread takes it."""
        with self.lock:
            self.thread = threading.get_ident()
            return not self.given_up

    def finish(self) -> bool:
        """It is done. Whether it was given up before."""
        with self.lock:
            self.done.set()
            return self.given_up

    def give_up(self) -> bool:
        """Whether nobody waits for it any more; False when it is done after all."""
        with self.lock:
            self.given_up = not self.done.is_set()
            return self.given_up


class Deadline:
    """A WSGI application whose answers begin in time.

    So many pages are made at a time, each by a thread that keeps its connection to the database.
    One that is past its deadline is given up: the client is told, another thread takes its place,
    and the worker's cell says that it is stuck for as long as it is.
    """

    def __init__(
        self, application: Application, *, seconds: float, threads: int, worker: Worker
    ) -> None:
        """SECONDS an answer may take to begin, waiting for one of the THREADS included."""
        self._application, self._seconds, self._worker = application, seconds, worker
        self._threads = threads
        self._pages: SimpleQueue[_Page] = SimpleQueue()
        self._lock = threading.Lock()
        self._running = 0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        page = _Page(environ)
        self._begin_threads()
        self._pages.put(page)
        if not page.done.wait(self._seconds) and page.give_up():
            return self._give_up(page, start_response)
        if page.error:
            raise page.error
        start_response(*page.start)
        return page.body

    def _begin_threads(self) -> None:
        """As many as there should be; none before the first page, for what forks."""
        with self._lock:
            while self._running < self._threads:
                self._running += 1
                threading.Thread(target=self._work, name="page", daemon=True).start()

    def _work(self) -> None:
        while True:
            page = self._pages.get()
            if not page.begin():
                continue
            try:
                page.context.run(self._make, page)
            except BaseException as error:
                page.error = error
            if page.finish():
                with self._lock:
                    self._worker.cell[STUCK] -= 1
                close_old_connections()
                return

    def _make(self, page: _Page) -> None:
        def start_response(*start: Any) -> Callable[[bytes], Any]:
            page.start = start
            return _write

        found = self._application(page.environ, start_response)
        if getattr(found, "streaming", False):
            page.body = found
            return
        try:
            page.body = [b"".join(found)]
        finally:
            # In this thread, whose connection to the database is looked after then.
            getattr(found, "close", _nothing)()

    def _give_up(self, page: _Page, start_response: StartResponse) -> list[bytes]:
        if page.thread:
            with self._lock:
                self._worker.cell[STUCK] += 1
                self._running -= 1
            self._begin_threads()
        events.warn(
            "page.late",
            seconds=self._seconds,
            method=page.environ["REQUEST_METHOD"],
            path=page.environ["PATH_INFO"],
            stands=_place(page.thread) or "it waited for a thread",
        )
        kind, body = _too_late(page.environ)
        status = HTTPStatus.GATEWAY_TIMEOUT
        start_response(
            f"{int(status)} {status.phrase}",
            [
                ("content-type", kind),
                ("content-length", str(len(body))),
                ("cache-control", "no-store"),
            ],
        )
        return [body]


def bounded(application: Application, worker: Worker) -> Application:
    """The pages of a worker, within the deadline that the operator set."""
    seconds = environment().page_deadline
    return Deadline(application, seconds=seconds, threads=PAGE_THREADS, worker=worker)


def _too_late(environ: Environ) -> tuple[str, bytes]:
    """What the client is told, in the form that it understands: type and text."""
    if "text/html" in environ.get("HTTP_ACCEPT", ""):
        page = str(get_template("504.html").render())
        return "text/html; charset=utf-8", page.encode()
    problem = Problem(
        HTTPStatus.GATEWAY_TIMEOUT,
        _("This took too long. Try again in a moment; if it stays so, ask for less at once."),
    )
    return "application/problem+json", msgspec.json.encode(problem.document())


def _place(thread: int) -> str:
    """Where a thread stands, the innermost call first."""
    frame = sys._current_frames().get(thread)
    calls: list[str] = []
    while frame and len(calls) < CALLS:
        code = frame.f_code
        calls.append(f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(calls)


def _write(_data: bytes) -> None:
    raise NotImplementedError("Django returns what it says.")


def _nothing() -> None:
    """For what needs no closing."""
