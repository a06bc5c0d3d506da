"""`signalcast audit`: who did what to the installation."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command

MOST = 10_000


class Command(command.Command):
    """List the audit log, newest first."""

    help = (
        "List what people did to the installation, newest first. Who did it on a page is named by "
        "address, who did it by command is `shell`.\n\n"
        "  signalcast audit\n"
        "  signalcast audit --by olga@example.org --since 1d\n"
        "  signalcast audit --action alerts.acknowledged --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which entries, and how to tell."""
        parser.add_argument("--by", default="", metavar="WHO", help="an address, or shell")
        parser.add_argument("--action", default="", help="as in alerts.acknowledged")
        parser.add_argument("--since", metavar="TIME", help="10m, 2h, 1d or 2026-12-01T08:00")
        parser.add_argument("--until", metavar="TIME", help="the same")
        parser.add_argument("--limit", type=int, default=50, help=f"up to {MOST} (50)")
        parser.add_argument("--after", default="", metavar="CURSOR", help="`next` of the JSON")
        parser.add_argument("--json", action="store_true", help="print the entries as JSON")

    def handle(self, **options: Any) -> None:
        """List the entries that fit."""
        from signalcast.ops.audit.find_entries import WrongCursor, find_entries
        from signalcast.ops.logs.wanted import WrongTime, moment

        if not 1 <= options["limit"] <= MOST:
            raise CommandError(f"--limit must be between 1 and {MOST}.")
        try:
            found = find_entries(
                by=options["by"].strip().lower(),
                action=options["action"].strip(),
                since=moment(options["since"]) if options["since"] else None,
                until=moment(options["until"]) if options["until"] else None,
                after=options["after"],
                most=options["limit"],
            )
        except WrongTime as problem:
            said = f"{str(problem)!r} is no time. Write 10m, 2h, 1d or 2026-12-01T08:00."
            raise CommandError(said) from None
        except WrongCursor:
            raise CommandError("--after must be what an earlier list gave as `next`.") from None
        if options["json"]:
            document = {"entries": [_described(one) for one in found.entries], "next": found.after}
            self.stdout.write(json.dumps(document, indent=2))
            return
        for one in found.entries:
            count = "" if one.count is None else f" ({one.count})"
            said = f"{one.at:%Y-%m-%d %H:%M:%S} {one.by:<24} {one.action:<24} {one.target}{count}"
            self.stdout.write(said.rstrip())
        if not found.entries:
            self.stdout.write("Nothing fits.")


def _described(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at.isoformat(),
        "by": entry.by,
        "action": entry.action,
        "target": entry.target,
        "count": entry.count,
        "details": entry.details,
    }
