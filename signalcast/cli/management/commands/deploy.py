"""`signalcast deploy`: from a description of the host to what runs on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import read
from signalcast.deploy.render import TARGETS, render, render_all


class Command(command.Command):
    """Render the files of a host."""

    help = (
        "Make a host from its description, a YAML file. Exits 0 when it is done, 1 when the "
        "description or the host refuses.\n\n"
        "  signalcast deploy render nginx --host host.yaml\n"
        "  signalcast deploy render all --host host.yaml --out /tmp/files"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which host."""
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        rendered = acts.add_parser("render", help="print, or write, the files of a target")
        rendered.add_argument("target", help=f"{', '.join(TARGETS)}, or all that suit the host")
        rendered.add_argument("--host", required=True, metavar="FILE", help="its description")
        rendered.add_argument("--out", metavar="DIR", help="write the files below this directory")
        rendered.add_argument("--json", action="store_true", help="print them as JSON, by path")

    def handle(self, *, act: str, **options: Any) -> None:
        """Do what is asked for."""
        getattr(self, f"_{act}")(**options)

    def _render(self, *, target: str, host: str, out: str | None, **options: Any) -> None:
        described = _described(host)
        try:
            found = (
                render_all(described) if target == "all" else {target: render(target, described)}
            )
        except WrongHost as wrong:
            raise CommandError(str(wrong)) from None
        texts = {path: text for files in found.values() for path, text in files.items()}
        if out is not None:
            _write(Path(out), texts)
            self.stdout.write(f"{len(texts)} files are written below {out}.")
        elif options["json"]:
            self.stdout.write(json.dumps(texts, indent=2))
        else:
            for path, text in texts.items():
                self.stdout.write(f"# ---- /{path}\n" if len(texts) > 1 else "", ending="")
                self.stdout.write(text)


def _described(path: str) -> Host:
    try:
        return read(Path(path).read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None
    except WrongHost as wrong:
        raise CommandError(f"{path}: {wrong}") from None


def _write(directory: Path, texts: dict[str, str]) -> None:
    try:
        for path, text in texts.items():
            file = directory / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            if text.startswith("#!"):
                file.chmod(0o755)
    except OSError as error:
        raise CommandError(f"The files cannot be written: {error}") from None
