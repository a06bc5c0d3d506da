"""`signalcast overview`: whether signals flow."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from signalcast.cli import command


class Command(command.Command):
    """Say whether signals flow, and what each stage does."""

    help = (
        "Say whether signals flow, with flow, wait and errors of each stage. Exits with 0 when "
        "they do, 1 with a warning, 2 when they do not, 3 when the database does not answer.\n\n"
        "  signalcast overview\n"
        "  signalcast overview --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How to tell."""
        parser.add_argument("--json", action="store_true", help="print all of it as JSON")

    def handle(self, **options: Any) -> None:
        """Look at this moment."""
        import msgspec

        from signalcast.ops.console.look import look
        from signalcast.ops.console.verdict import State, seconds, verdict

        glance = look()
        found = verdict(glance)
        if options["json"]:
            document = {"state": found.state, "words": found.plain()}
            document |= msgspec.to_builtins(glance)
            self.stdout.write(json.dumps(document, indent=2))
        else:
            self.stdout.write(found.plain())
            for tile in glance.tiles:
                wait = f"{seconds(tile.wait)} of {seconds(tile.budget)}" if tile.budget else "-"
                self.stdout.write(
                    f"{tile.stage:<10}{tile.flow.per_minute:>8.0f}/min  waits {wait:<20} "
                    f"failed {tile.failed}, parked {tile.parked}, {tile.living} {tile.process}"
                )
            for one in glance.alerts:
                self.stdout.write(f"alert     {one.rule} {one.subject} {one.words}")
            for lost in glance.lost:
                self.stdout.write(f"lost      {lost.host} {lost.name}")
            for rest in glance.pauses:
                self.stdout.write(f"paused    {rest.what} by {rest.by}")
        code = {State.WARNING: 1, State.FAILED: 2}.get(found.state, 0)
        if code:
            sys.exit(code)
