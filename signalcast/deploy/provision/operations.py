"""Steps as operations of pyinfra: each asks the machine, and yields what would make it so."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.facts.deb import DebPackages
from pyinfra.operations import apt, files, server

from signalcast.deploy.provision.secrets import merged
from signalcast.deploy.provision.step import (
    STATE,
    Account,
    Directory,
    Ensure,
    File,
    Packages,
    Settings,
    Step,
    Upload,
)

#: What an operation yields: lines for a shell, and uploads.
Commands = Generator[Any, None, None]
#: Packages may be locked by the system's own daily run.
APT = "-o DPkg::Lock::Timeout=600"


class Passes(FactBase[bool]):
    """Whether a test passes, as the user that everything is done as."""

    def command(self, test: str) -> str:
        """A command that tells."""
        return f"if sh -c {shlex.quote(test)} >/dev/null 2>&1; then echo yes; else echo no; fi"

    def process(self, output: Any) -> bool:
        """Its answer."""
        return "yes" in list(output)


class Answer(FactBase[str]):
    """What a command prints."""

    def command(self, command: str) -> str:
        """The command."""
        return command

    def process(self, output: Any) -> str:
        """Its lines."""
        return "\n".join(output)

    @staticmethod
    def default() -> str:
        """Of one that prints nothing."""
        return ""


class Content(FactBase[str]):
    """The text of a file; "" where there is none."""

    def command(self, path: str) -> str:
        """A command that prints it."""
        return f"cat {shlex.quote(path)} 2>/dev/null || true"

    def process(self, output: Any) -> str:
        """Its lines, each with its end."""
        return "".join(f"{line}\n" for line in output)

    @staticmethod
    def default() -> str:
        """Of an empty file."""
        return ""


def content(path: str) -> str:
    """The text of a file on the machine at hand."""
    return str(host.get_fact(Content, path=path))


@operation()
def packages(step: Packages) -> Commands:
    """Install what is missing, and look at the archive only then."""
    there = host.get_fact(DebPackages)
    missing = [name for name in step.names if name not in there]
    if missing:
        yield from apt.packages._inner(
            missing, update=True, no_recommends=True, extra_install_args=APT
        )


@operation()
def account(step: Account) -> Commands:
    """Without keys it is the system's, and nobody signs in as it."""
    person = bool(step.keys)
    yield from server.user._inner(
        step.name,
        home=step.home,
        shell="/bin/bash" if person else "/usr/sbin/nologin",
        groups=list(step.groups),
        append=True,
        system=not person,
        ensure_home=False,
        create_home=person,
    )
    if person:
        keys = "".join(f"{key}\n" for key in step.keys)
        listed = f"{step.home}/.ssh"
        for path, mode in ((step.home, "750"), (listed, "700")):
            yield from files.directory._inner(path, user=step.name, group=step.name, mode=mode)
        yield from files.put._inner(
            StringIO(keys),
            f"{listed}/authorized_keys",
            user=step.name,
            group=step.name,
            mode="600",
        )


@operation()
def directory(step: Directory) -> Commands:
    """Made, owned, closed."""
    yield from files.directory._inner(step.path, user=step.owner, group=step.owner, mode=step.mode)


@operation()
def file(step: File) -> Commands:
    """Written where it differs. What is tried first is written beside it."""
    owned = {"user": step.owner, "group": step.group or step.owner, "mode": step.mode}
    wanted = list(files.put._inner(StringIO(step.text), step.path, **owned))
    if wanted and step.check:
        # Where no program looks for it.
        tried = f"{STATE}/{Path(step.path).name}.tried"
        yield from files.put._inner(StringIO(step.text), tried, **owned)
        yield f"{step.check} {tried}; wrong=$?; rm {tried}; exit $wrong"
    yield from wanted


@operation()
def settings(step: Settings) -> Commands:
    """Lines of a file in which others may stand."""
    text = merged(content(step.path), step.values)
    yield from files.put._inner(
        StringIO(text), step.path, user=step.owner, group=step.owner, mode="600"
    )


@operation()
def ensure(step: Ensure) -> Commands:
    """Done where its test does not pass."""
    if host.get_fact(Passes, test=step.test):
        return
    if step.possible and not host.get_fact(Passes, test=step.possible):
        return
    yield f"sh -c {shlex.quote(step.run)} 2>&1"


@operation()
def upload(step: Upload, source: Callable[[], Path]) -> Commands:
    """Done where its test does not pass, with a file that is brought there before."""
    if not host.get_fact(Passes, test=step.test):
        yield from files.put._inner(str(source()), step.path, user="root", group="root", mode="600")
        yield f"sh -c {shlex.quote(step.run)} 2>&1"


OPERATIONS: Mapping[type[Step], Any] = {
    Packages: packages,
    Account: account,
    Directory: directory,
    File: file,
    Settings: settings,
    Ensure: ensure,
    Upload: upload,
}
