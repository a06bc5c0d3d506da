"""A host made of its rendered files, below a directory of the test, run without systemd."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import yaml

from signalcast.core.ports import free_port
from signalcast.deploy.environment import processes
from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.render import render_all
from tests.acceptance.database import Database
from tests.acceptance.installation import PATIENCE, Installation
from tests.waiting import wait_for

CHECKOUT = Path(__file__).parents[2]


class Machine(Installation):
    """The files of a host whose base is a directory of the test, and the processes of its units."""

    def __init__(self, directory: Path, **described: object) -> None:
        super().__init__(directory, Database(), SIGNALCAST_INTAKE_PORT=str(free_port()))
        usual = {
            "name": "test",
            "domain": "signals.example.com",
            "base": str(directory),
            "tls": {"kind": "certbot", "email": "owner@example.com"},
        }
        self.host: Host = read(yaml.safe_dump(usual | described))
        (directory / "current").symlink_to(CHECKOUT)
        for name in ("run", "log"):
            (self.home / name).mkdir(parents=True)
        self.texts = {
            Path("/") / path: text
            for files in render_all(self.host).values()
            for path, text in files.items()
        }
        for path, text in self.texts.items():
            if path.is_relative_to(directory):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        self.migrate()

    @property
    def url(self) -> str:
        """Where the doors and probes answer."""
        return f"http://127.0.0.1:{self.environment['SIGNALCAST_INTAKE_PORT']}"

    def start_unit(self, name: str, instance: str = "") -> subprocess.Popen[bytes]:
        """Start what a unit starts, in its environment, as this user."""
        text = self.texts[Path("/etc/systemd/system") / name]
        text = text.replace("\\\n", " ").replace("%i", instance)
        command = shlex.split(re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)[0])
        told = dict(
            pair.split("=", 1) for pair in re.findall(r"^Environment=(.+)$", text, re.MULTILINE)
        )
        with (self.directory / f"journal-{name}.log").open("ab") as journal:
            process = subprocess.Popen(
                [word.replace("$$", "$") for word in command],
                env={**self.environment, **told},
                stdout=journal,
                stderr=journal,
                cwd="/",
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def names(self) -> set[str]:
        """What its processes are called, as in worker-0."""
        return {
            f"{one.name}-{number}" for one in processes(self.host) for number in range(one.count)
        }

    def beats(self) -> dict[str, int]:
        """The ids of the processes that said that they live, by their names."""
        # Not by Django: how long it takes to be loaded would count as time without a process.
        database = f"file:{self.home / 'signalcast.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as opened:
            return dict(opened.execute("SELECT name, pid FROM work_processbeat"))

    def wait_up(self) -> None:
        """Until all of them live."""
        wanted = self.names() - {"valkey-0"}
        wait_for(
            lambda: self.beats().keys() >= wanted, within=PATIENCE, every=0.5, message="all beats"
        )


@contextmanager
def machine(directory: Path, **described: object) -> Iterator[Machine]:
    """A host that ends with the block, and shows its logs when the block fails."""
    made = Machine(directory, **described)
    try:
        yield made
    except BaseException:
        sys.stderr.write(made.logs())
        raise
    finally:
        made.end()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started in its session, as systemd does with a unit."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
