"""`signalcast parse`: what would be understood of a message."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from signalcast.cli import command
from signalcast.cli.database import ready_database
from signalcast.feeds.models import Source
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door
from signalcast.signals import parsers
from signalcast.signals.draft import Draft, Parsed
from signalcast.signals.interpret import interpret

NOT_UNDERSTOOD = 1


class Command(command.Command):
    """Exit codes: 0 would be published, 1 would wait for review or asks for nothing."""

    help = (
        "Show what would be understood of a message, and store nothing. Exits 0 when all of it "
        "would be published, 1 when it would wait for review or asks for nothing.\n\n"
        "  signalcast parse 'BUY BTCUSDT 64250 SL 63000 TP 65000'\n"
        "  signalcast parse --file message.txt --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The message, and who reads it."""
        parser.add_argument("text", nargs="?", help="the message; read from standard input if -")
        parser.add_argument("--file", type=Path, help="a file with the message")
        parser.add_argument("--parser", default="english", choices=parsers.names())
        parser.add_argument("--json", action="store_true", help="say it as JSON")

    def handle(self, **options: Any) -> None:
        """Read as a hook's message would be."""
        body = _body(options["text"], options["file"])
        ready_database(self.stderr.write)
        source = Source(parser=options["parser"])
        parsed = interpret(Receipt(source=source, door=Door.HOOK, body=body))
        if options["json"]:
            self.stdout.write(msgspec.json.encode(asdict(parsed), enc_hook=str).decode())
        else:
            self.stdout.write(_told(parsed))
        if parsed.chatter or any(draft.doubts for draft in parsed.drafts):
            sys.exit(NOT_UNDERSTOOD)


def _body(text: str | None, file: Path | None) -> bytes:
    if (text is None) == (file is None):
        raise CommandError(_("Give the message, or --file with a file that holds it."))
    if file is None:
        return sys.stdin.buffer.read() if text == "-" else str(text).encode()
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from None


def _told(parsed: Parsed) -> str:
    if parsed.chatter:
        return _("Asks for nothing: %(reason)s") % {"reason": parsed.reason}
    return "\n\n".join(_draft(draft) for draft in parsed.drafts)


def _draft(draft: Draft) -> str:
    lines = []
    for name, value in asdict(draft).items():
        if name == "targets":
            value = ", ".join(f"{target.price:f}" for target in draft.targets)
        elif isinstance(value, (tuple, frozenset)) and name != "doubts":
            value = ", ".join(f"{one}" for one in value)
        if value and name != "doubts":
            lines.append(f"{name.replace('_', ' '):<12}{value}")
    lines += [_("In review: %(doubt)s") % {"doubt": doubt} for doubt in draft.doubts]
    return "\n".join(lines)
