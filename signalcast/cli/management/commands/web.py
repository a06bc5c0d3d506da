"""`signalcast web`: serve pages, API and doors; reload and status of what serves."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from argparse import SUPPRESS, ArgumentParser
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from signalcast.cli import command
from signalcast.core import env
from signalcast.core.clock import now
from signalcast.core.env import environment
from signalcast.core.process import die_with_parent, raise_descriptor_limit
from signalcast.core.request_ids import is_trusted
from signalcast.server import keeper
from signalcast.server.ask import NoKeeper, ask, control_path, keepers

#: Workers where pages have a process of their own.
PAGE_WORKERS = 4
MEGABYTE = 1_048_576


class Command(command.Command):
    """Runs until it is told to stop, then drains."""

    stays = True
    help = (
        "Serve pages, API and the doors where signals come in. Exits 0 after SIGTERM or SIGINT, "
        "1 when the port is taken. `status` exits 0 when the server runs, else 1; `reload` starts "
        "the release that is there now without dropping a request, and exits 0 when that one "
        "answers, 1 when it does not and the old one goes on.\n\n"
        "  signalcast web --port 8000 --workers 2\n"
        "  signalcast web status --json\n"
        "  signalcast web reload"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen; by default what the environment says."""
        settings = environment()
        actions = ("status", "reload")
        parser.add_argument(
            "action", nargs="?", choices=actions, help=_("what to do with servers of this home")
        )
        parser.add_argument("--host", default=settings.host, help=_("address to listen on"))
        parser.add_argument(
            "--port", type=int, help=_("port (SIGNALCAST_PORT, for doors SIGNALCAST_INTAKE_PORT)")
        )
        parser.add_argument("--workers", type=int, help=_("processes (SIGNALCAST_WEB_WORKERS)"))
        parser.add_argument(
            "--serve",
            choices=("all", "pages", "doors"),
            default="all",
            help=_("pages alone, or the doors, live streams and probes alone (all)"),
        )
        parser.add_argument("--json", action="store_true", help=_("print the status as JSON"))
        # From the keeper to a generation.
        for name in ("--listener", "--keeper", "--number"):
            parser.add_argument(name, type=int, help=SUPPRESS)

    def handle(self, *, action: str | None, port: int | None, **options: Any) -> None:
        """Serve until told to stop, or look after what serves."""
        if action:
            self._ask(action, port, as_json=options["json"])
        elif options["keeper"] is not None:
            self._generation(options)
        else:
            settings = environment()
            usual = settings.intake_port if options["serve"] == "doors" else settings.port
            self._keep(options, usual if port is None else port)

    def _keep(self, options: dict[str, Any], port: int) -> NoReturn:
        """Listen, then become the small program that holds the socket."""
        die_with_parent(signal.SIGTERM, drain=None)
        raise_descriptor_limit()
        is_trusted("")  # says what is wrong with the setting before anybody is answered
        listener = _listen(options["host"], port)
        path = control_path(port)
        command = ["web", "--serve", options["serve"]]
        if options["workers"] is not None:
            command += ["--workers", str(options["workers"])]
        told = {
            "command": [sys.executable, "-m", "signalcast.cli", *command],
            "directory": str(_directory()),
            "listener": _handed_on(listener),
            "control": _handed_on(_control(path)),
            "path": str(path),
            "about": {"serves": options["serve"], "host": options["host"], "port": port},
            "texts": _texts(),
        }
        # Signals that come while there is nobody to hear them wait until there is.
        signal.pthread_sigmask(signal.SIG_BLOCK, keeper.SIGNALS)
        program = [sys.executable, "-I", "-S", keeper.__file__, json.dumps(told)]
        os.execve(sys.executable, program, env.unmanaged_environment())

    def _generation(self, options: dict[str, Any]) -> NoReturn:
        from signalcast.server.generation import Generation

        cores = os.cpu_count() or 1
        usual = PAGE_WORKERS if options["serve"] == "pages" else min(2, cores)
        generation = Generation(
            options["serve"],
            workers=max(1, options["workers"] or environment().web_workers or usual),
            listener=options["listener"],
            keeper=socket.socket(fileno=options["keeper"]),
            number=options["number"],
        )
        sys.exit(generation.run())

    def _ask(self, action: str, port: int | None, *, as_json: bool) -> None:
        answers = []
        for path in [control_path(port)] if port else keepers():
            with suppress(NoKeeper):
                answers.append(ask(path, action))
        if as_json:
            self.stdout.write(json.dumps(answers, indent=2))
        else:
            for answer in answers:
                self.stdout.write(_reloaded(answer) if action == "reload" else _status(answer))
        if not answers:
            told = {"home": environment().home}
            raise CommandError(_("No web server runs in %(home)s.") % told)
        good = "reloaded" if action == "reload" else "generation"
        if not all(answer.get(good) for answer in answers):
            sys.exit(1)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens there, and is nobody else's."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(keeper.BACKLOG)
    except OSError as error:
        told = {"host": host, "port": port, "problem": error.strerror or error}
        raise CommandError(
            _(
                "Cannot listen on %(host)s:%(port)d: %(problem)s. Stop what uses it, or choose"
                " another port with --port."
            )
            % told
        ) from None
    listener.setblocking(False)
    return listener


def _control(path: Path) -> socket.socket:
    """Where people of this machine who may read the home ask. The port is ours, so it is too."""
    path.unlink(missing_ok=True)
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(path))
    path.chmod(0o600)
    control.listen(16)
    return control


def _handed_on(one: socket.socket) -> int:
    """The descriptor of a socket that the program after this one has too."""
    one.set_inheritable(True)
    return one.detach()


def _directory() -> Path:
    """Where a generation starts, as it was named: through a link that may lead elsewhere later."""
    here = Path.cwd()
    named = Path(sys.executable).absolute().parents[2]
    with suppress(OSError):
        if named.samefile(here):
            return named
    return here


def _status(answer: dict[str, Any]) -> str:
    """One server, for people."""
    where = f"{answer['serves']} on {answer['host']}:{answer['port']}"
    if "generation" not in answer:
        return _("%(where)s: starts (keeper %(keeper)d)") % {"where": where, **answer}
    lines = [
        _(
            "%(where)s: generation %(generation)d for %(age)s, version %(version)s in %(release)s"
            " (keeper %(keeper)d)"
        )
        % {**answer, "where": where, "age": _duration(now().timestamp() - answer["since"])}
    ]
    if answer.get("workers") is None:
        return lines[0] + "\n" + _("  It does not answer.")
    lines.append(f"  {'worker':>8} {'state':<9} {'age':>16} {'requests':>10} {'memory':>9}")
    for one in answer["workers"]:
        memory = f"{one['memory'] / MEGABYTE:.0f} MB"
        age = _duration(one["age"])
        lines.append(
            f"  {one['pid']:>8} {one['state']:<9} {age:>16} {one['requests']:>10} {memory:>9}"
        )
    return "\n".join(lines)


def _reloaded(answer: dict[str, Any]) -> str:
    where = f"{answer['serves']} on {answer['host']}:{answer['port']}"
    if answer["reloaded"]:
        return (
            _("%(where)s: generation %(generation)d answers, version %(version)s in %(release)s")
            % {**answer, "where": where}
        )  # fmt: skip
    return _("%(where)s: not reloaded: %(why)s. What served before goes on.") % {
        "where": where,
        "why": answer["why"],
    }


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(max(0.0, seconds))))


def _texts() -> dict[str, str]:
    """What the small program says. It cannot translate, so that it is told in words."""
    return {
        "failed": _("The web server's new generation does not serve: %(why)s."),
        "ended": _("it ended with code %(code)s before its workers were ready; see the log"),
        "late": _("its workers were not ready within %(seconds)d seconds; see the log"),
        "lost": _("The web server's generation ended by itself (%(code)s). Another one starts."),
    }
