"""`signalcast demo`: what the demo is, its player, and its end."""

from __future__ import annotations

import fcntl
import json
import signal
import threading
from typing import Any

import msgspec
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import command, demo
from signalcast.cli.demo.play import play
from signalcast.cli.demo.remove import remove
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.home import home, subdirectory
from signalcast.core.process import die_with_parent


class Command(command.Command):
    """Exit codes: 0 done, 1 there is no demo or it is running."""

    help = (
        "Say where the demo of `signalcast up --demo` is and how to sign in, or remove it without "
        "a trace. Exits 1 when there is none, or when it has to be stopped first.\n\n"
        "  signalcast demo\n"
        "  signalcast demo --json\n"
        "  signalcast demo --stop"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument("--json", action="store_true", help=_("say it as JSON"))
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--stop", action="store_true", help=_("remove the demo from this home"))
        what.add_argument(
            "--play", action="store_true", help=_("post signals, which `up` does by itself")
        )

    def handle(self, **options: Any) -> None:
        """Say, play or remove."""
        if not demo.exists():
            raise CommandError(
                _("There is no demo in %(home)s. Start one: signalcast up --demo")
                % {"home": home()}
            )
        if options["play"]:
            _play()
        elif options["stop"]:
            if _running():
                raise CommandError(
                    _("Signalcast is running in %(home)s. Stop it first, then remove the demo.")
                    % {"home": home()}
                )
            told = _("The demo is removed: %(count)d rows.")
            self.stdout.write(told % {"count": remove()})
        elif options["json"]:
            self.stdout.write(json.dumps(msgspec.to_builtins(demo.read())))
        else:
            self.stdout.write(demo.hello(demo.read(), _url()))


def _play() -> None:
    die_with_parent()
    events.set_up()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    play(demo.read(), _url(), stopped)


def _url() -> str:
    return f"http://127.0.0.1:{environment().port}"


def _running() -> bool:
    """Whether `signalcast up` holds this home."""
    with (subdirectory("run") / "up.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
