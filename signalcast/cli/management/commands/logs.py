"""`signalcast logs`: what all processes of this machine tell, in one stream."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import command
from signalcast.core.home import home
from signalcast.ops.logs.entry import LEVELS, Entry
from signalcast.ops.logs.follow import Follower, follow
from signalcast.ops.logs.newest import log_files, newest
from signalcast.ops.logs.show import show
from signalcast.ops.logs.wanted import IDS, Wanted, WrongTime, moment

NOTHING = 1
#: Entries that are shown when neither a number nor a time was given, and with a time.
USUAL = 100
MOST = 100_000


class Command(command.Command):
    """Reads files alone, so that it works while nothing else does."""

    help = (
        "Show what all processes on this machine log, merged by time. The newest entries, and with "
        "--follow those that come. Exits 1 when nothing fits.\n\n"
        "  signalcast logs --follow --level warning\n"
        "  signalcast logs --since 10m --event 'delivery.*' --process sender\n"
        "  signalcast logs --signal 0192f0c1 --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to show."""
        parser.add_argument("-f", "--follow", action="store_true", help=_("go on until Ctrl-C"))
        parser.add_argument("--since", help=_("as in 30s, 10m, 2h, 1d, or a time in ISO 8601"))
        parser.add_argument("-n", "--lines", type=int, help=_("how many entries, the newest"))
        parser.add_argument("--level", choices=LEVELS, default="", help=_("at least this one"))
        parser.add_argument("--event", default="", help=_("as in job.failed or 'delivery.*'"))
        parser.add_argument("--process", default="", help=_("as in sender, or sender-0"))
        for kind in IDS:
            parser.add_argument(
                f"--{kind}", metavar="ID", default="", help=_("its id, or how that begins")
            )
        parser.add_argument("--json", action="store_true", help=_("one JSON object a line"))

    def handle(self, **options: Any) -> None:
        """Show the newest, then follow if asked to."""
        directory = home() / "log"
        if not log_files(directory):
            raise CommandError(
                _("There are no logs in %(directory)s. Start with: signalcast up --home DIR")
                % {"directory": directory}
            )
        wanted = _wanted(options)
        most = options["lines"] if options["lines"] is not None else MOST if wanted.since else USUAL
        # Opened before the newest are read, so that nothing falls between them.
        follower = Follower(directory) if options["follow"] else None
        found = newest(directory, wanted, most=most)
        try:
            _show(found, options)
            if follower is not None:
                for entry in follow(follower, wanted, _stop(), known=found):
                    _show([entry], options)
        except BrokenPipeError:  # as with `| head`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if follower is not None:
            follower.close()
        elif not found:
            self.stderr.write(_("Nothing fits."))
            sys.exit(NOTHING)


def _wanted(options: dict[str, Any]) -> Wanted:
    try:
        since = moment(options["since"]) if options["since"] else None
    except WrongTime:
        raise CommandError(
            _("--since %(text)s cannot be read. Write 10m, 2h, 1d or 2026-12-01T08:00.")
            % {"text": options["since"]}
        ) from None
    ids = {kind: options[kind] for kind in IDS}
    return Wanted(options["level"], options["event"], options["process"], since, ids)


def _show(entries: list[Entry], options: dict[str, Any]) -> None:
    for entry in entries:
        if options["json"]:
            print(json.dumps(entry.document(), ensure_ascii=False))
        else:
            print(show(entry, colours=sys.stdout.isatty()))
    sys.stdout.flush()


def _stop() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
