"""`signalcast deploy`: from a description of the host to what runs on it."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command
from signalcast.core.home import home
from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.read import read
from signalcast.deploy.release.directory import Releases
from signalcast.deploy.release.problems import NotServing, Refused, RolledBack
from signalcast.deploy.render import TARGETS, render, render_all

#: Exit code when a release did not serve and the one before runs again.
ROLLED_BACK = 3
#: Exit code when a machine is only half made.
STOPPED = 4
AGAIN = "Mend it and run the same again: what is done already stays."
CHECKOUT = Path(__file__).parents[4]


class Command(command.Command):
    """Render the files of a host, and bring releases to it."""

    help = (
        "Make a host from its description, a YAML file, and bring releases to it. A release is "
        "unpacked beside the one that runs, installed from its lock, checked, and switched to "
        "without a pause; when it does not serve, the one before does again. Exits 0 when it is "
        "done, 1 when it is refused and nothing was changed, 3 when it was rolled back, 4 when a "
        "machine is only half made.\n\n"
        "  signalcast deploy render nginx --host host.yaml\n"
        "  signalcast deploy render all --host host.yaml --out /tmp/files\n"
        "  signalcast deploy provision --host host.yaml --to root@203.0.113.10 --dry\n"
        "  signalcast deploy provision --inventory machines.yaml\n"
        "  signalcast deploy release signalcast-1.2.tar.gz\n"
        "  signalcast deploy rollback"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which host."""
        acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
        rendered = acts.add_parser("render", help="print, or write, the files of a target")
        rendered.add_argument("target", help=f"{', '.join(TARGETS)}, or all that suit the host")
        rendered.add_argument("--host", required=True, metavar="FILE", help="its description")
        rendered.add_argument("--out", metavar="DIR", help="write the files below this directory")
        rendered.add_argument("--json", action="store_true", help="print them as JSON, by path")
        released = acts.add_parser("release", help="run what an archive or a source tree holds")
        released.add_argument("source", type=Path, help="as `git archive` makes it, or a directory")
        back = acts.add_parser("rollback", help="run the release before again")
        back.add_argument("name", nargs="?", default="", help="or this one")
        listed = acts.add_parser("releases", help="which releases there are")
        listed.add_argument("--json", action="store_true", help="print them as JSON")
        self._add_provision(acts)
        for act in (released, back, listed):
            act.add_argument(
                "--base", type=Path, metavar="DIR", help="where `releases` is or shall be"
            )
        for act in (released, back):
            act.add_argument(
                "--watch", type=float, default=15.0, metavar="SECONDS", help="look after it (15)"
            )

    def _add_provision(self, acts: Any) -> None:
        made = acts.add_parser(
            "provision", help="make bare machines what their descriptions say, by pyinfra"
        )
        one = made.add_mutually_exclusive_group(required=True)
        one.add_argument("--host", metavar="FILE", help="the description of one machine")
        one.add_argument("--inventory", type=Path, metavar="FILE", help="several machines")
        made.add_argument(
            "--to", metavar="WHERE", help="where the one is: root@ADDRESS, local, or chroot:/DIR"
        )
        made.add_argument("--key", default="", metavar="FILE", help="private key to sign in with")
        made.add_argument(
            "--secrets", type=Path, metavar="FILE", help="what machines have to know alike"
        )
        made.add_argument(
            "--release",
            type=Path,
            default=CHECKOUT,
            metavar="SOURCE",
            help="archive or tree of the first release (this one)",
        )
        made.add_argument("--dry", action="store_true", help="only tell what would change")

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

    def _release(self, *, source: Path, base: Path | None, watch: float, **_options: Any) -> None:
        from signalcast.deploy.release.release import release

        if not source.exists():
            raise CommandError(f"There is no {source}.")
        self._switch(lambda: release(source, _releases(base), watched=watch, say=self._say))

    def _provision(self, *, host: str | None, to: str | None, key: str, **options: Any) -> None:
        from signalcast.deploy.provision.inventory import Described, read_inventory
        from signalcast.deploy.provision.place import place
        from signalcast.deploy.provision.problems import Refused as NotProvisioned
        from signalcast.deploy.provision.problems import Stopped
        from signalcast.deploy.provision.provision import provision

        secrets, inventory = options["secrets"], options["inventory"]
        if (host is None) == (to is not None):
            raise CommandError("--to says where the machine of --host is, and only that.")
        try:
            if host is not None:
                machines = [Described(_described(host), place(to or "", key=key))]
            else:
                machines, listed = read_inventory(inventory, key=key)
                secrets = secrets or listed
            provision(
                machines,
                secrets,
                options["release"],
                dry=options["dry"],
                say=self._line,
                doing=self._doing,
            )
        except (WrongHost, Refused, NotProvisioned, OSError) as problem:
            raise CommandError(f"{problem}") from None
        except Stopped as problem:
            raise CommandError(f"{problem}\n{AGAIN}", returncode=STOPPED) from None
        except KeyboardInterrupt:
            raise CommandError(f"Interrupted. {AGAIN}", returncode=130) from None

    def _rollback(self, *, name: str, base: Path | None, watch: float, **_options: Any) -> None:
        from signalcast.deploy.release.release import rollback

        self._switch(lambda: rollback(name, _releases(base), watched=watch, say=self._say))

    def _releases(self, *, base: Path | None, **options: Any) -> None:
        releases = _releases(base)
        current = releases.current()
        found = [
            {"name": name, "made_at": _moment(record.made_at), "current": name == current}
            for name, record in releases.finished()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for one in found:
            self.stdout.write(f"{'*' if one['current'] else ' '} {one['made_at']} {one['name']}")
        if not found:
            self.stdout.write(f"There are no releases below {releases.base} yet.")

    def _switch(self, act: Callable[[], str]) -> None:
        """Do it, with what ends this command turned into what undoes it."""
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        try:
            name = act()
        except Refused as problem:
            raise CommandError(str(problem)) from None
        except RolledBack as problem:
            raise CommandError(str(problem), returncode=ROLLED_BACK) from None
        except NotServing as problem:
            raise CommandError(f"It does not serve: {problem}.") from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=130) from None
        self.stdout.write(f"{name} runs.")

    def _doing(self, text: str) -> None:
        """For somebody who waits: a line that the next one takes the place of."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()

    def _line(self, text: str) -> None:
        self._doing("")
        self.stdout.write(text)
        self.stdout.flush()

    def _say(self, step: str) -> None:
        self.stdout.write(f"{step} ...")
        self.stdout.flush()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(round(seconds), UTC).isoformat()


def _releases(base: Path | None) -> Releases:
    return Releases((base or home().parent).absolute())


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
