"""`signalcast doctor`: what is wrong with a host or an installation, and what mends it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command
from signalcast.core.env import environment
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import read

if TYPE_CHECKING:
    from signalcast.deploy.doctor.examine import Found
    from signalcast.deploy.doctor.finding import Check
    from signalcast.deploy.doctor.scene import Scene

#: The description of a host in its home.
DESCRIPTION = "host.yaml"
#: Seconds until somebody at a terminal is told what is waited for.
PATIENCE = 2.0


class Command(command.Command):
    """Look at everything, say what mends what is wrong, and mend what is safe to mend."""

    help = (
        "Check a host or a running installation: what is wrong, why that matters, and the command "
        "that mends it. Without root, or without a database or broker that answers, it says what "
        "it could not see. Exits with 0 when nothing has to be done, 1 with warnings, 2 with "
        "problems, 3 when it could not look.\n\n"
        "  signalcast doctor\n"
        "  signalcast doctor --host host.yaml --json\n"
        "  signalcast doctor --only tls --only ports\n"
        "  signalcast doctor --fix"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What is expected, what to look at, and how to tell."""
        parser.add_argument(
            "--host",
            metavar="FILE",
            help="what is expected (host.yaml of the home if it is there); - for standard input",
        )
        parser.add_argument(
            "--only", metavar="CHECK", action="append", help="only this one; may be given again"
        )
        parser.add_argument("--list", action="store_true", help="name all checks, and run none")
        parser.add_argument(
            "--fix",
            action="store_true",
            help="mend permissions, missing directories and static files first; never firewall, "
            "SSH or database",
        )
        parser.add_argument(
            "--root", metavar="DIR", default="/", help="look at a system's files below DIR (/)"
        )
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, **options: Any) -> None:
        """Look, tell, and exit with what was found."""
        from signalcast.deploy.doctor.as_owner import examine_as_owner
        from signalcast.deploy.doctor.finding import exit_code
        from signalcast.deploy.doctor.registry import checks
        from signalcast.deploy.doctor.scene import Scene

        known = checks()
        names = options["only"] or list(known)
        if strange := [name for name in names if name not in known]:
            words = f"There is no check {strange[0]!r}. There are: {', '.join(known)}."
            raise CommandError(words, returncode=3)
        chosen = {name: known[name] for name in known if name in names}
        if options["list"]:
            return self._list(chosen, as_json=options["json"])
        root = Path(options["root"]).resolve()
        if not root.is_dir():
            raise CommandError(f"{options['root']} is no directory.", returncode=3)
        home = Path(environment().home)
        description = _description(options["host"], home)
        scene = Scene(home, _host(description, options["host"] or home / DESCRIPTION), root)
        fixed, failed = self._fix(chosen, scene) if options["fix"] else ([], {})
        found = examine_as_owner(chosen, scene, description, _Progress(self).tell)
        found |= {name: findings + found[name] for name, findings in failed.items()}
        self._tell(found, chosen, fixed, as_json=options["json"])
        if code := exit_code(one for findings in found.values() for one in findings):
            sys.exit(code)
        return None

    def _list(self, chosen: dict[str, Check], *, as_json: bool) -> None:
        if as_json:
            listed = {
                name: {"group": check.group, "meaning": check.meaning, "fix": bool(check.fix)}
                for name, check in chosen.items()
            }
            self.stdout.write(json.dumps(listed, indent=2))
            return
        for name, check in chosen.items():
            fix = " (--fix)" if check.fix else ""
            self.stdout.write(f"{check.group:<14}{name:<18}{check.meaning}{fix}")

    def _fix(self, chosen: dict[str, Check], scene: Scene) -> tuple[list[str], Found]:
        from signalcast.deploy.doctor.mend import NotTheOwner, mend

        if not scene.runs:
            raise CommandError("--fix is for the system that runs, without --root.", returncode=3)
        try:
            return mend(chosen, scene)
        except NotTheOwner as refused:
            raise CommandError(str(refused), returncode=3) from None

    def _tell(
        self, found: Found, chosen: dict[str, Check], fixed: list[str], *, as_json: bool
    ) -> None:
        from signalcast.deploy.doctor.finding import exit_code
        from signalcast.deploy.doctor.show import show

        if not as_json:
            for words in fixed:
                self.stdout.write(f"Mended: {words}")
            for line in show(found, chosen, colours=self.stdout.isatty()):
                self.stdout.write(line)
            return
        status = exit_code(one for findings in found.values() for one in findings)
        document = {
            "status": ("ok", "warning", "problem")[status],
            "fixed": fixed,
            "checks": {
                name: {
                    "group": chosen[name].group,
                    "findings": [
                        {"state": one.state, "what": one.what, "why": one.why, "mend": one.mend}
                        for one in findings
                    ],
                }
                for name, findings in found.items()
            },
        }
        self.stdout.write(json.dumps(document, indent=2))


class _Progress:
    """A line for somebody at a terminal, once it takes a while, and away when all is there."""

    def __init__(self, whose: Command) -> None:
        self._whose = whose
        self._began = time.monotonic()
        self._seen = sys.stderr.isatty()

    def tell(self, waited_for: list[str]) -> None:
        """Say what has not ended."""
        if self._seen and time.monotonic() - self._began > PATIENCE:
            words = f"waiting for {', '.join(waited_for)}"[:78]
            self._whose.stderr.write(f"\r{words:<78}\r", ending="")


def _description(given: str | None, home: Path) -> str:
    """The text that says what is expected; empty where nobody says so."""
    if given == "-":
        return sys.stdin.read()
    path = Path(given) if given else home / DESCRIPTION
    if given is None and not path.exists():
        return ""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=3) from None


def _host(description: str, whose: str | Path) -> Host | None:
    try:
        return read(description) if description else None
    except WrongHost as wrong:
        raise CommandError(f"{whose}: {wrong}", returncode=3) from None
