"""`signalcast up`: the whole installation in the foreground."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import Error
from django.utils.translation import gettext as _

from signalcast.cli import command, demo, foreground
from signalcast.cli.database import migrate
from signalcast.core import env, measure
from signalcast.core.collect_static import CannotCollect, collect_static
from signalcast.core.home import (
    home,
    manager_socket,
    socket_directory,
    subdirectory,
    valkey_socket,
)
from signalcast.core.measure_files import forget_dead
from signalcast.core.ports import reachable, why_taken
from signalcast.core.process import raise_descriptor_limit
from signalcast.core.version import running_version
from signalcast.deploy.targets.supervisor import Place, render, spares
from signalcast.ops.queues.mark_deploy import mark_deploy
from signalcast.ops.telemetry import telemetry
from signalcast.pipeline import Process, processes


class Command(command.Command):
    """Migrate, render the supervisor file, run it until told to stop."""

    stays = True
    help = (
        "Run everything in the foreground, under a process manager: web server, workers, senders, "
        "scheduler and broker. Ctrl-C lets what is under way finish. Exits 0 when it was told to "
        "stop, 1 when it cannot run.\n\n"
        "  signalcast up --home /srv/signals --port 8000"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, and whether to load the demo."""
        parser.add_argument("--host", help="address to listen on (SIGNALCAST_HOST)")
        parser.add_argument("--port", help="port to listen on (SIGNALCAST_PORT)")
        parser.add_argument(
            "--demo", action="store_true", help="load a small demo the first time, with a receiver"
        )

    def handle(self, *, host: str | None, port: str | None, **options: Any) -> None:
        """Prepare, then become the small process that waits."""
        chosen = {name: value for name, value in (("host", host), ("port", port)) if value}
        env.put(**chosen)
        try:
            settings = env.environment()
        except env.WrongSetting as wrong:
            raise CommandError(str(wrong)) from None
        lock = _lock()
        if problem := why_taken(settings.host, settings.port):
            raise CommandError(
                _(
                    "Cannot listen on %(host)s:%(port)d: %(problem)s. Stop what uses it, or choose "
                    "another port: signalcast up --port %(other)d"
                )
                % {
                    "host": settings.host,
                    "port": settings.port,
                    "problem": problem,
                    "other": settings.port + 1,
                }
            )
        raise_descriptor_limit()
        forget_dead(measure.directory())
        for problem in telemetry.problems():
            self.stderr.write(problem)
        migrate(self.stdout.write)
        try:
            collect_static()
        except (CannotCollect, OSError) as problem:
            raise CommandError(str(problem)) from None
        with suppress(Error):  # a chart without its mark keeps nobody from starting
            mark_deploy(running_version(), by="signalcast up")
        running = processes()
        hello = _("Signalcast answers at %(url)s") % {"url": _url()}
        if options["demo"] or demo.exists():
            shown = demo.prepare()
            running += demo.processes(shown)
            hello = demo.hello(shown, _url())
        _become_foreground(running, hello, lock)


def _url() -> str:
    settings = env.environment()
    host = reachable(settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _lock() -> int:
    """Hold the home's lock for as long as this process lives. Refuses when somebody else does."""
    path = subdirectory("run") / "up.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode(errors="replace").strip() or "?"
        raise CommandError(
            _(
                "Signalcast is already running in %(home)s (process %(owner)s). Stop it first, or "
                "give this one a directory of its own with --home."
            )
            % {"home": home(), "owner": owner}
        ) from None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    # It must survive this process becoming another program.
    os.set_inheritable(descriptor, True)
    return descriptor


def _become_foreground(running: Sequence[Process], hello: str, lock: int) -> None:
    """Write the supervisor file and turn into the small program that waits for its end."""
    settings = env.environment()
    run, sockets, logs = subdirectory("run"), socket_directory(), subdirectory("log")
    file = run / "supervisord.conf"
    release = Path(sys.executable).parents[2]
    place = Place(
        sys.executable,
        None if sockets == run else sockets,
        directory=str(release) if release.is_symlink() else None,
    )
    file.write_text(render(running, place))
    broker = valkey_socket() if any(one.name == "valkey" for one in running) else ""
    told = {
        "command": [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(file)],
        "manager": str(manager_socket()),
        "spares": spares(running),
        "broker": str(broker),
        "web": [reachable(settings.host), settings.port],
        "hello": hello,
        "logs": str(logs),
        "lock": lock,
        "texts": _texts(),
    }
    program = Path(foreground.__file__)
    self_only = [sys.executable, "-I", "-S", str(program), json.dumps(told)]
    # Signals that come while there is nobody to pass them on to wait until there is.
    signal.pthread_sigmask(signal.SIG_BLOCK, foreground.ENDINGS)
    sys.stdout.flush()
    os.execve(sys.executable, self_only, env.process_environment())


def _texts() -> dict[str, str]:
    """What the small program says. It cannot translate, so that it is told in words."""
    return {
        "stopping": _("Stopping: what is under way is finished first."),
        "stopped": _("Stopped."),
        "ended": _("The process manager ended by itself (%(code)s). Look into %(logs)s."),
        "late": _("Not ready yet: %(missing)s. The newest lines of the logs:"),
        "manager": _("the process manager does not answer"),
        "web": _("nothing is ready at %(host)s:%(port)s"),
        "broker": _("the broker does not answer"),
    }
