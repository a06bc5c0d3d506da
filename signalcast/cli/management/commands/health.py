"""`signalcast health`: run the checks now, and say what they found."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command


class Command(command.Command):
    """Run every check on this host, or those that are named."""

    help = (
        "Run the checks now and say what they found. Exits with 0 when all is well, 1 with "
        "warnings, 2 when anything failed.\n\n"
        "  signalcast health\n"
        "  signalcast health database disk --json\n"
        "  signalcast health --pause sources --minutes 60"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which checks, and how to tell."""
        parser.add_argument("checks", nargs="*", metavar="CHECK", help="only these; all otherwise")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument("--pause", metavar="CHECK", help="leave a check out for a while")
        parser.add_argument("--resume", metavar="CHECK", help="run a paused check again")
        parser.add_argument(
            "--minutes", type=int, default=60, help="how long a pause lasts, up to 1440 (60)"
        )

    def handle(self, **options: Any) -> None:
        """Run them side by side. What the scheduler stores stays as it is."""
        from signalcast.ops.health.finding import RANK, State
        from signalcast.ops.health.registry import checks
        from signalcast.ops.health.run_checks import Runner

        known = checks()
        names = options["checks"] or list(known)
        changed = [name for name in (options["pause"], options["resume"]) if name]
        for name in [*names, *changed]:
            if name not in known:
                raise CommandError(f"There is no check {name!r}. There are: {', '.join(known)}.")
        if changed:
            return self._pause(options)
        runner = Runner()
        found = runner.run_checks({name: known[name] for name in names})
        runner.close()
        worst = max((ran.finding.state for ran in found.values()), key=lambda one: RANK[one])
        if options["json"]:
            document = {
                name: {
                    "state": found[name].finding.state,
                    "words": found[name].finding.words,
                    "figure": found[name].finding.figure,
                    "unit": found[name].finding.unit,
                    "parts": dict(found[name].finding.parts),
                    "duration_ms": found[name].duration,
                }
                for name in names
            }
            self.stdout.write(json.dumps({"status": worst, "checks": document}, indent=2))
        else:
            for name in names:
                finding = found[name].finding
                self.stdout.write(f"{finding.state:<8} {name:<16} {finding.words}")
        code = {State.WARNING: 1, State.FAILED: 2, State.CRASHED: 2}.get(worst, 0)
        if code:
            sys.exit(code)
        return None

    def _pause(self, options: dict[str, Any]) -> None:
        from signalcast.ops.health.pause import pause

        if not 1 <= options["minutes"] <= 1_440:
            raise CommandError("--minutes must be between 1 and 1440.")
        by = "shell"
        if options["resume"]:
            pause(options["resume"], 0, by=by)
            self.stdout.write(f"{options['resume']} runs again.")
        if options["pause"]:
            if not pause(options["pause"], options["minutes"] * 60, by=by):
                raise CommandError("The scheduler has never run: there is nothing to pause yet.")
            self.stdout.write(f"{options['pause']} is left out for {options['minutes']} minutes.")
