"""Somebody who types what the pages say, on a machine where one installation runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.docs.blocks import CHECKOUT, Block, exchanges
from tests.docs.faults import FAULTS
from tests.waiting import wait_for

#: Seconds until what a page shows has to be what is answered: a beat, a look of the rescuer.
PATIENCE = 60.0
#: Seconds after which what goes on until Ctrl-C is ended, and what hangs.
FOLLOWED, HANGS = 3, 120
#: What says that something broke, whatever the exit code.
BROKEN = re.compile(r"Traceback|process\.failed|command not found|^usage: ", re.MULTILINE)

#: The host that pages describe files for. It has no file of its own in deploy/hosts.
HOST = """\
name: one
domain: signals.example.com
machine: {cores: 4, memory: 8, disk: 100}
manager: supervisor
web_server: nginx
database: {engine: postgresql}
broker: {kind: valkey}
tls: {kind: certbot, email: owner@example.com}
"""

#: Our command, whose exit codes are noted, and which nothing waits for in vain. What a page has go
#: wrong with its settings does so for whoever types alone: what starts meanwhile would keep them.
COMMAND = """\
[ ! -e "{fault}" ] || . "{fault}"
case " $* " in
    *" --follow "* | *" -f "*)
        timeout {followed} {python} -m signalcast.cli "$@" || [ $? = 124 ]
        code=$? ;;
    *) {python} -m signalcast.cli "$@"; code=$? ;;
esac
echo $code >> "{codes}"
exit $code
"""
#: Whoever reads is already who they have to be.
SUDO = """\
while [ "${1#-}" != "$1" ]; do [ "$1" = -u ] && shift; shift; done
exec "$@"
"""


class Reader:
    """Types blocks, one after the other, in a directory like a checkout."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self.desk = made.directory / "desk"
        self._codes = made.directory / "codes"
        self._programs = programs = self.desk / ".venv" / "bin"
        programs.mkdir(parents=True)
        told = {"followed": FOLLOWED, "python": sys.executable, "codes": self._codes,
                "fault": self.desk / "fault.env"}  # fmt: skip
        self._program("signalcast", COMMAND.format(**told))
        for fault in FAULTS:
            self._program(fault, f'exec {sys.executable} -m tests.docs.faults {fault} "$@"')
        self._program("sudo", SUDO)
        (programs / "supervisorctl").symlink_to(Path(sys.executable).parent / "supervisorctl")
        (programs / "python3").symlink_to(sys.executable)
        (self.desk / "deploy").mkdir()
        (self.desk / "deploy" / "hosts").symlink_to(CHECKOUT / "deploy" / "hosts")
        (self.desk / "host.yaml").write_text(HOST)
        tokens: dict[str, str] = json.loads(made.run("demo", "--json"))["tokens"]
        self._environment = made.environment | {
            "PATH": f"{programs}:{made.environment['PATH']}",
            "TOKEN": next(iter(tokens.values())),
            "SIGNALCAST_METRICS_TOKEN": "",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(CHECKOUT),
        }

    def _program(self, name: str, script: str) -> None:
        file = self._programs / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def rest(self) -> None:
        """Without the signals that the demo plays, which would only take time from what is read."""
        conf = self._made.home / "run" / "supervisord.conf"
        self._type(f"supervisorctl -c '{conf}' stop 'player:*'", strict=True)

    def read(self, block: Block) -> None:
        """Type it. Raises AssertionError when it is not as the page says."""
        for aside in block.before:
            self._type(aside, strict=True)
        try:
            if block.language == "console":
                for command, answer in exchanges(block.text):
                    self._compare(block, command, answer)
            else:
                self._run(block)
        finally:
            for aside in block.after:
                self._type(aside, strict=True)

    def _run(self, block: Block) -> None:
        shell = "bash" if block.language == "bash" else "sh"
        said = self._type(block.text, strict=block.exits is None, shell=shell)
        codes = {int(code) for code in self._codes.read_text().split()}
        allowed = block.exits or {0}
        assert codes <= allowed, f"{block} exits with {codes}, not {set(allowed)}: {said}"

    def _compare(self, block: Block, command: str, answer: str) -> None:
        said = ""

        def fits() -> bool:
            nonlocal said
            said = self._type(command, strict=False)
            return bool(pattern(answer).fullmatch(plain(said) + "\n"))

        try:
            wait_for(fits, within=PATIENCE, every=1.0, message="the answer of the page")
        except AssertionError:
            raise AssertionError(
                f"{block}: `{command}` answers\n{said}\nand not\n{answer}"
            ) from None

    def _type(self, text: str, *, strict: bool, shell: str = "sh") -> str:
        """Have a shell run it. Returns what is seen. A strict one ends at the first failure."""
        self._codes.write_text("")
        done = subprocess.run(
            [shell, "-eu" if strict else "-u", "-c", self._here(text)],
            cwd=self.desk, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=HANGS, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert not BROKEN.search(done.stderr), f"{text}\n{said}"
        assert not strict or done.returncode == 0, f"{text}\n{said}"
        return said

    def _here(self, text: str) -> str:
        """With the port of this installation."""
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self._made.port}")


def plain(said: str) -> str:
    """What is seen at a terminal, without what is logged beside it, and without widths."""
    lines = [line for line in said.split("\n") if not line.startswith('{"timestamp"')]
    return "\n".join(re.sub(r"\s+", " ", line).strip() for line in lines).strip("\n")


def pattern(answer: str) -> re.Pattern[str]:
    """What a page shows: … stands for anything in a line, alone for any number of lines."""
    lines = plain(answer).split("\n") if answer.strip() else []
    found = ""
    for line in lines:
        if line == "…":
            found += r"(?:.*\n)*"
        else:
            found += ".*?".join(map(re.escape, line.split("…"))) + "\n"
    return re.compile(found or "\n")


@contextmanager
def reader(directory: Path) -> Iterator[Reader]:
    """Somebody in front of an installation with the demo, which ends with the block."""
    with installation(directory, Database()) as made:
        made.start("up", "--demo")
        made.wait_ready()
        found = Reader(made)
        found.rest()
        yield found
