"""`signalcast web`: pages, API and doors on one port."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from signalcast.cli import command
from signalcast.core.env import environment
from signalcast.core.process import END_STREAMS, die_with_parent, raise_descriptor_limit
from signalcast.core.request_ids import is_trusted
from signalcast.work.beat import Beat

#: Connections that the kernel holds while a worker is busy.
BACKLOG = 4_096
#: Descriptors that a worker keeps for files, databases and the broker.
RESERVED = 200
MOST_CONNECTIONS = 50_000
#: What the server itself logs goes where our events go.
EVENTS = {"()": "signalcast.core.library_log.AsEvents"}
#: Seconds that a worker has to finish what it has in hand: less than the process manager waits.
STOP_WITHIN = 12


class StreamingServer(MPServer):
    """Ends live streams before it stops: its workers wait for every request that is under way."""

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop all workers."""
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, END_STREAMS)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


class Command(command.Command):
    """Runs until it is told to stop, then drains."""

    stays = True
    help = (
        "Serve pages, API and the doors where signals come in. Exits 0 after SIGTERM or SIGINT, "
        "1 when the port is taken.\n\n"
        "  signalcast web --port 8000 --workers 2"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen; by default what the environment says."""
        settings = environment()
        parser.add_argument("--host", default=settings.host, help=_("address to listen on"))
        parser.add_argument("--port", type=int, default=settings.port, help=_("port"))
        parser.add_argument(
            "--workers",
            type=int,
            default=settings.web_workers or min(2, os.cpu_count() or 1),
            help=_("processes"),
        )

    def handle(self, *, host: str, port: int, workers: int, **options: Any) -> None:
        """Serve until told to stop."""
        die_with_parent(signal.SIGTERM)
        raise_descriptor_limit()
        is_trusted("")  # says what is wrong with the setting before anybody is answered
        if problem := _taken(host, port):
            raise CommandError(
                _(
                    "Cannot listen on %(host)s:%(port)d: %(problem)s. Stop what uses it, or choose"
                    " another port with --port."
                )
                % {"host": host, "port": port, "problem": problem}
            )
        server = StreamingServer(
            "signalcast.asgi:application",
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            workers=workers,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            # Idle streams count: with the default, a thousand of them lock everybody out.
            backpressure=_most_connections(),
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_WITHIN,
            log_level=LogLevels.warning,
            log_dictconfig={"handlers": {"console": EVENTS, "access": EVENTS}},
            process_name="signalcast web",
        )
        try:
            server.serve(target_loader=_load, wrap_loader=False)
        except SystemExit as stop:
            # A Ctrl-C reaches the workers too: that they end by themselves is no failure then.
            if stop.code and not server.interrupt_signal:
                raise


def _load() -> Callable[..., Any]:
    """The application, in a worker that does not outlive its master."""
    master = multiprocessing.parent_process()
    die_with_parent(signal.SIGKILL)
    if master is not None and os.getppid() != master.pid:  # it ended before the kernel knew
        os._exit(1)
    signal.signal(END_STREAMS, signal.SIG_IGN)  # until there are any
    from signalcast.asgi import application  # each worker makes its own

    # Not in the master: it forks, and SQLite's locks would be copied as they are at that moment.
    # A restart replaces the workers one by one, so that somebody always answers.
    own = os.getppid()
    application.beat = Beat("web", family=own, restart=lambda: os.kill(own, signal.SIGHUP))
    return application


def _most_connections() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1_024, min(MOST_CONNECTIONS, soft - RESERVED))


def _taken(host: str, port: int) -> str:
    """Why nobody can listen there, or "". The server shares its port between its workers, and
    would as gladly share it with another installation."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""
