"""`signalcast load FILE`: feeds, plans, sources and users from one document."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from signalcast.cli import command
from signalcast.cli.database import ready_database
from signalcast.cli.load.apply import apply
from signalcast.cli.load.read import WrongDocument, read

#: Seconds after which a person wants to see that something goes on.
PATIENCE = 2.0


class Command(command.Command):
    """Check a document whole, then write it in one transaction."""

    help = (
        "Load feeds, plans, sources and users from one YAML or JSON document. Safe to repeat. The "
        "schema is in docs/reference/load.md. Exits 2 when the document is wrong, and then nothing "
        "is written.\n\n  signalcast load document.yaml"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and the form of the answer."""
        parser.add_argument("file", type=Path, help="YAML, or JSON when its name ends in .json")
        parser.add_argument("--json", action="store_true", help="say what changed as JSON")

    def handle(self, *, file: Path, **options: Any) -> None:
        """Load FILE and say what changed."""
        ready_database(self.stderr.write)
        try:
            document = read(file)
        except WrongDocument as wrong:
            for problem in wrong.problems:
                self.stderr.write(problem)
            sys.exit(2)
        changes = apply(document, progress=_Progress(), by="shell")
        if options["json"]:
            self.stdout.write(json.dumps(changes))
            return
        for name, counts in changes.items():
            told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            self.stdout.write(f"{name:<13}{told or 'none'}")


class _Progress:
    """A bar on the terminal, once loading takes longer than a moment."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self.began < PATIENCE:
            return
        filled = 30 * done // total
        end = "\n" if done == total else ""
        bar = "#" * filled + "-" * (30 - filled)
        sys.stderr.write(f"\rpasswords [{bar}] {done}/{total}{end}")
        sys.stderr.flush()
