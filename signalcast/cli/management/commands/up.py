"""`signalcast up`: the whole installation in the foreground."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import demo, foreground
from signalcast.cli.supervisor import Place, render
from signalcast.core import env
from signalcast.core.home import home, socket_directory, subdirectory
from signalcast.core.ports import why_taken
from signalcast.core.process import raise_descriptor_limit
from signalcast.pipeline import processes


class Command(BaseCommand):
    """Migrate, render the supervisor file, run it until told to stop."""

    help = (
        "Run everything in the foreground, under a process manager: web server, workers, senders, "
        "scheduler and broker. Ctrl-C lets what is under way finish. "
        "Example: signalcast up --home /srv/signals --port 8000"
    )
    requires_system_checks = ()

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
        self.stdout.write(_("Preparing the database in %(home)s ...") % {"home": home()})
        call_command("migrate", verbosity=0)
        running = processes()
        hello = _("Signalcast answers at %(url)s") % {"url": _url()}
        if options["demo"] or demo.exists():
            shown = demo.prepare()
            running += (demo.receiver(shown),)
            hello = demo.hello(shown, _url())
        _become_foreground(running, hello, lock)


def _url() -> str:
    settings = env.environment()
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
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


def _become_foreground(running: Any, hello: str, lock: int) -> None:
    """Write the supervisor file and turn into the small program that waits for its end."""
    place = Place(sys.executable, subdirectory("run"), socket_directory(), subdirectory("log"))
    file = place.run / "supervisord.conf"
    file.write_text(render(running, place))
    told = {
        "command": [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(file)],
        "ready": f"{_url()}/readyz",
        "hello": hello,
        "logs": str(place.log),
        "lock": lock,
    }
    program = Path(foreground.__file__)
    self_only = [sys.executable, "-I", "-S", str(program), json.dumps(told)]
    sys.stdout.flush()
    os.execve(sys.executable, self_only, env.process_environment())
