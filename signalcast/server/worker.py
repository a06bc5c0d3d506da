"""What a worker of the web server does at its start and at its end, whatever it serves."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from signalcast.core import events
from signalcast.core.process import END_STREAMS, die_with_parent
from signalcast.ops.alerts.watch_scheduler import watch_scheduler
from signalcast.ops.telemetry import telemetry
from signalcast.work.beat import Beat

#: What a server serves: pages and doors, or one of them.
Serve = Literal["all", "pages", "doors"]
#: Seconds between two looks at who may run. The usual 5 ms is an age for a committer that takes
#: Python's lock several times for each batch, beside a loop that never rests.
SWITCH_INTERVAL = 0.0005
#: New objects between two looks for garbage.
GARBAGE = 20_000
#: What a worker's cell holds: requests that it answered, and pages that are past their deadline.
SERVED, STUCK = 0, 1
Cell: TypeAlias = "memoryview[int] | array[int]"
#: What a worker may be told before it is itself: blocked when it is forked.
WORKERS_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, END_STREAMS)


@dataclass(frozen=True, slots=True)
class Membership:
    """What a worker has of its generation."""

    #: Process ids of the generation and of the keeper.
    generation: int
    keeper: int
    #: What its server is called in the table of processes.
    role: str
    #: The descriptor of the shared socket.
    listener: int
    #: Where the worker writes what the generation reads.
    cell: Cell
    #: Tells it that this worker serves.
    ready: Callable[[], object]


class Worker:
    """One worker. By itself it belongs to no generation and beats for nobody, as in a test."""

    def __init__(self) -> None:
        #: What its generation reads.
        self.cell: Cell = array("Q", [0, 0])
        #: Whether it takes no more connections: each answer then ends its own.
        self.leaving = False
        self._role = "web"
        self._beat: Beat | None = None
        self._listener = 0
        self._tell_ready: Callable[[], object] = lambda: None

    def join(self, membership: Membership) -> None:
        """Belong to a generation: first thing in the process that it was forked for."""
        die_with_parent(signal.SIGKILL, drain=None)
        if os.getppid() != membership.generation:  # it ended before the kernel knew
            os._exit(1)
        signal.set_wakeup_fd(-1)
        for number in WORKERS_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        # A Ctrl-C is for the keeper, and so is a terminal that is closed.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(END_STREAMS, lambda *_: self.leave())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKERS_SIGNALS)
        self.cell, self._tell_ready = membership.cell, membership.ready
        self._listener = os.fstat(membership.listener).st_ino
        # The keeper is who is known, restarted and counted: it stays while generations change.
        keeper, self._role = membership.keeper, membership.role
        self._beat = Beat(self._role, family=keeper, restart=lambda: os.kill(keeper, signal.SIGHUP))

    def begin(self) -> None:
        """What comes before anything is served."""
        events.set_up()
        telemetry.begin(self._role)
        _tune()
        self._watching = watch_scheduler()
        if self._beat:
            self._beat.start()

    def serve(self) -> None:
        """Say that it is ready."""
        events.emit("web.started")
        self._tell_ready()

    def leave(self) -> None:
        """Take no more connections, and end each that there is with its next answer."""
        self.leaving = True
        with suppress(OSError):
            _stop_listening(self._listener)

    def end(self, *, drained: bool) -> None:
        """What comes after everything is served; DRAINED tells whether it was."""
        self._watching.set()
        if self._beat:
            self._beat.stop()
        telemetry.end()
        events.emit("web.stopped", drained=drained)


def _tune() -> None:
    """Set the interpreter to a process with few threads that answers thousands of requests."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    # What was imported stays: looking through it again and again would take a request's time
    # for every hundred requests, and a tenth of a second now and then.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


def _stop_listening(inode: int) -> None:
    """Put a socket to which nobody connects in the place of the shared one, in this process.

    The server has no word for it. Closing would leave a number to whatever is opened next, while
    the loop goes on accepting at it.
    """
    if not inode:
        return
    nobody = socket.socket(socket.AF_UNIX)
    nobody.setblocking(False)
    nobody.bind("")
    nobody.listen(1)
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.fstat(int(name)).st_ino == inode:
                os.dup2(nobody.fileno(), int(name))
    nobody.detach()
