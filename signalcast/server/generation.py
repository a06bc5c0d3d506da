"""A generation of the web server: one release, its workers, and their replacement one by one.

Granian speaks HTTP in each worker. What its own master cannot do is done here: workers share the
socket that the keeper holds, leave without dropping a request, and are replaced by requests too.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import resource
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from django.db import connections
from django.urls import get_resolver
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.log import LogLevels
from granian.server.mp import MPServer

import signalcast
from signalcast.core import events
from signalcast.core.process import END_STREAMS, die_with_parent, memory
from signalcast.core.version import running_version
from signalcast.server.keeper import BACKLOG
from signalcast.server.recycle import Figures, Limits, due, limits
from signalcast.server.worker import SERVED, STUCK, WORKERS_SIGNALS, Membership, Serve, Worker

#: Descriptors that a worker keeps for files, databases and the broker.
RESERVED = 200
MOST_CONNECTIONS = 50_000
#: What the server itself logs goes where our events go.
EVENTS = {"()": "signalcast.core.library_log.AsEvents"}
#: Seconds that a worker which leaves answers on the connections that it has, each of which then
#: ends: while others take its place, when all is to end; then to finish what it has in hand.
FAREWELL = 5.0
QUICK_FAREWELL = 1.0
STOP_WITHIN = 12.0
#: Seconds between two looks at the workers, and before one that died young gets a successor.
LOOK_EVERY = 1.0
YOUNG = 5.0


@dataclass(eq=False)
class Member:
    """A worker as its generation sees it."""

    place: int
    process: BaseProcess
    cell: memoryview
    limit: Limits
    born: float = field(default_factory=time.monotonic)
    ready: bool = False
    #: By the monotonic clock; 0 while it is not told to leave, and to end.
    leaves: float = 0.0
    ends: float = 0.0
    #: Whom it replaces once it is ready, and since when a page of it is stuck.
    replaces: Member | None = None
    stuck: float = 0.0

    def tell(self, number: int) -> None:
        """Send it a signal. It may be gone already."""
        with suppress(ProcessLookupError, AttributeError, TypeError):
            os.kill(self.process.pid or 0, number)

    def leave(self) -> None:
        """Have it take no more connections; `push` does the rest."""
        if not self.leaves:
            self.leaves = time.monotonic()
            self.tell(END_STREAMS)

    def push(self, now: float, farewell: float) -> None:
        """Go on with its leaving."""
        if self.leaves and not self.ends and now - self.leaves >= farewell:
            self.ends = now
            self.tell(signal.SIGTERM)
        elif self.ends and now - self.ends >= STOP_WITHIN:
            self.tell(signal.SIGKILL)

    def figures(self) -> Figures:
        """What it has done and is."""
        now = time.monotonic()
        self.stuck = (self.stuck or now) if self.cell[STUCK] else 0.0
        return Figures(
            self.cell[SERVED],
            now - self.born,
            memory(self.process.pid or 0),
            now - self.stuck if self.stuck else 0.0,
        )


class Generation:
    """Forks workers and looks after them until it is told to leave."""

    def __init__(
        self, serve: Serve, *, workers: int, listener: int, keeper: socket.socket, number: int
    ) -> None:
        self._serve, self._count, self._number = serve, workers, number
        self._listener, self._line = listener, keeper
        self._keeper = os.getppid()
        self._members: list[Member] = []
        # Twice as many places as workers: while one is replaced, both are there.
        self._board = memoryview(mmap.mmap(-1, 2 * 8 * 2 * workers)).cast("Q")
        self._ready, self._tell_ready = os.pipe()
        self._looked = selectors.DefaultSelector()
        self._leaving = self._said_ready = False
        self._heard = b""
        self._later = 0.0
        self._farewell = FAREWELL
        self._server = _Granian(serve, listener)

    def run(self) -> int:
        """Serve until told to leave. Returns the exit code."""
        die_with_parent(signal.SIGKILL, drain=None)
        self._hear_signals()
        self._looked.register(self._ready, selectors.EVENT_READ, self._greet)
        self._looked.register(self._line, selectors.EVENT_READ, self._hear)
        _share(self._serve)
        for _ in range(self._count):
            self._fork()
        while self._members or not self._leaving:
            for key, _events in self._looked.select(LOOK_EVERY):
                key.data()
            if not self._reap():
                return 1
            self._look()
        return 0

    def _hear_signals(self) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # that is for the keeper
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._wakened = theirs

        def obey() -> None:
            if set(ours.recv(4_096)) & {signal.SIGTERM, signal.SIGINT}:
                self._farewell = QUICK_FAREWELL
                self._leave()

        self._looked.register(ours, selectors.EVENT_READ, obey)

    # ---------------------------------------------------------------------------------- workers

    def _fork(self, replaces: Member | None = None) -> None:
        place = min(set(range(2 * self._count)) - {one.place for one in self._members})
        cell = self._board[2 * place : 2 * place + 2]
        cell[SERVED] = cell[STUCK] = 0
        worker = Worker()
        membership = Membership(
            generation=os.getpid(),
            keeper=self._keeper,
            role="intake" if self._serve == "doors" else "web",
            listener=self._listener,
            cell=cell,
            ready=partial(os.write, self._tell_ready, bytes([place])),
        )
        process = self._server.worker(place, worker, membership)
        # Nobody hears a signal for the worker before it knows itself.
        signal.pthread_sigmask(signal.SIG_BLOCK, WORKERS_SIGNALS)
        process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKERS_SIGNALS)
        self._members.append(Member(place, process, cell, limits(), replaces=replaces))

    def _greet(self) -> None:
        """Workers are ready: whom they replace may leave."""
        for place in os.read(self._ready, 256):
            for one in self._members:
                if one.place == place and not one.leaves:
                    one.ready = True
                    if one.replaces:
                        one.replaces.leave()
                        one.replaces = None
        if not self._said_ready and sum(one.ready for one in self._members) >= self._count:
            self._said_ready = True
            about = {
                "version": running_version(),
                "release": str(Path(signalcast.__file__).resolve().parents[1]),
            }
            events.emit("web.ready", generation=self._number, workers=self._count, **about)
            self._say({"ready": about})

    def _reap(self) -> bool:
        """Take note of who ended. False when this generation cannot serve."""
        for one in [one for one in self._members if not one.process.is_alive()]:
            self._members.remove(one)
            if one.leaves:
                continue
            events.warn("web.worker_lost", code=one.process.exitcode, worker=one.process.pid)
            if not self._said_ready:
                return False
            if time.monotonic() - one.born < YOUNG:
                self._later = time.monotonic() + LOOK_EVERY
        return True

    def _look(self) -> None:
        """Replace who is missing or due, and push who leaves."""
        now = time.monotonic()
        for one in self._members:
            one.push(now, self._farewell)
        if self._leaving:
            return
        staying = [one for one in self._members if not one.leaves]
        missing = self._count - sum(1 for one in staying if not one.replaces)
        if missing > 0 and now >= self._later:
            for _ in range(missing):
                self._fork()
        elif all(one.ready for one in staying) and len(self._members) == self._count:
            self._replace_one(staying)

    def _replace_one(self, members: list[Member]) -> None:
        """The first that is due. Others wait until it has left."""
        for one in members:
            figures = one.figures()
            if why := due(figures, one.limit):
                events.emit(
                    "web.worker_replaced",
                    why=why,
                    worker=one.process.pid,
                    requests=figures.requests,
                    age=round(figures.age, 1),
                    memory=figures.memory,
                )
                self._fork(replaces=one)
                return

    def _leave(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        with suppress(OSError):
            os.close(self._listener)
        for one in self._members:
            one.leave()

    # ----------------------------------------------------------------------------------- keeper

    def _hear(self) -> None:
        """What the keeper says. When it is gone, nobody may go on answering."""
        found = self._line.recv(65_536)
        if not found:
            os._exit(1)
        *lines, self._heard = (self._heard + found).split(b"\n")
        for text in lines:
            if text == b"status":
                self._say({"workers": [self._about(one) for one in self._members]})
            elif text == b"retire":
                self._leave()
            elif text:
                events.warn("web.not_reloaded", why=json.loads(text)["not_reloaded"])

    def _say(self, message: dict[str, Any]) -> None:
        self._line.sendall(json.dumps(message).encode() + b"\n")

    def _about(self, one: Member) -> dict[str, Any]:
        figures = one.figures()
        state = "leaving" if one.leaves else "serving" if one.ready else "starting"
        return {
            "pid": one.process.pid,
            "state": state,
            "age": round(figures.age, 1),
            "requests": figures.requests,
            "memory": figures.memory,
            "stuck_pages": one.cell[STUCK],
        }


class _Granian(MPServer):
    """Granian without its master: it makes workers that share a socket."""

    def __init__(self, serve: Serve, listener: int) -> None:
        self._serves = serve
        super().__init__(
            "signalcast",
            interface=Interfaces.ASGI,
            blocking_threads=1,
            runtime_mode=RuntimeModes.mt,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            websockets=False,
            # Idle streams count: with the default, a thousand of them lock everybody out.
            backpressure=_most_connections(),
            log_level=LogLevels.warning,
            log_dictconfig={"handlers": {"console": EVENTS, "access": EVENTS}},
            process_name="signalcast web",
        )
        # Its types do not know that a socket can be made of a descriptor.
        holder: Any = SocketHolder
        self._ssp: Any = None
        self._sso: Any = None
        self._shd: Any = holder(listener, False, BACKLOG)

    def worker(self, place: int, worker: Worker, membership: Membership) -> BaseProcess:
        """A process that serves once it is started."""

        def load() -> Callable[..., Any]:
            worker.join(membership)
            from signalcast.asgi import application

            application.worker, application.serves = worker, self._serves
            return application

        target = MPServer._spawn_asgi_lifespan_worker
        process: BaseProcess = self._spawn_worker(place, target, load).inner
        return process


def _share(serve: Serve) -> None:
    """Load what each worker needs, so that they share its memory and start at once."""
    gc.disable()  # what is imported is no garbage
    import signalcast.asgi
    import signalcast.core.celery  # noqa: F401 - what rings

    if serve != "doors":
        # The table of all addresses with it, which a first page would wait for.
        _ = get_resolver().reverse_dict
    # Locks and connections would be copied as they are at the moment of a fork.
    connections.close_all()
    gc.collect()
    gc.freeze()
    gc.enable()


def _most_connections() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1_024, min(MOST_CONNECTIONS, soft - RESERVED))
