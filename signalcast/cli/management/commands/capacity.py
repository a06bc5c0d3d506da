"""`signalcast capacity`: how many processes there are, and why."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from signalcast.cli import command


class Command(command.Command):
    """Show processes by role and the newest decisions about their number."""

    help = (
        "Show how many processes of each role live, between which bounds, and why their number "
        "was changed last.\n\n"
        "  signalcast capacity\n"
        "  signalcast capacity --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How to tell."""
        parser.add_argument("--json", action="store_true", help="print it as JSON")

    def handle(self, **options: Any) -> None:
        """Look once."""
        from signalcast.ops.capacity.overview import overview

        found = overview()
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        self.stdout.write(f"Strategy: {found['strategy']} (SIGNALCAST_SCALING)")
        for row in found["roles"]:
            bounds = f"{row['least']} to {row['most']}" if row["most"] else "as started"
            self.stdout.write(f"{row['host']}  {row['role']:<10} {row['running']:>3}  ({bounds})")
        if not found["roles"]:
            self.stdout.write("No process has shown a sign of life lately.")
        for row in found["decisions"]:
            change = f"{row['before']} -> {row['after']}"
            self.stdout.write(f"{row['at']}  {row['host']} {row['role']} {change}: {row['reason']}")
