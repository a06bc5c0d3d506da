"""An installation of its own for a test: a home, real processes, their end."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from signalcast.core.ports import free_port
from tests.acceptance.asker import Asker
from tests.acceptance.database import Database
from tests.waiting import wait_for

#: Seconds a process may take to be there on a busy machine with two cores.
PATIENCE = 60.0
#: Workers and senders of an installation that a test says no more about: starting them is most of
#: what most tests do.
FEW = {"SIGNALCAST_WORKERS": "2", "SIGNALCAST_SENDERS": "2"}
#: As many as there are by default.
USUAL = {"SIGNALCAST_WORKERS": "4", "SIGNALCAST_SENDERS": "4"}


@cache
def migrated_home() -> Path:
    """A home whose database has its tables and nothing else, and which has its static files.

    Made once for all the installations of a run: it is what takes longest of starting one.
    """
    # Beside the home that all processes of a run share; the one that made it removes both.
    directory = Path(os.environ["SIGNALCAST_HOME"]).parent / "migrated"
    directory.mkdir(exist_ok=True)
    made = Installation(directory, Database())
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        whole = directory / "whole"
        if not whole.exists():
            made.run("migrate", "--verbosity", "0")
            made.run("collectstatic")
            whole.touch()
    return made.home


def copy_tables(home: Path) -> None:
    """Give a home a database with its tables."""
    home.mkdir(mode=0o700, exist_ok=True)
    for made in migrated_home().glob("*.sqlite3*"):
        shutil.copy(made, home)


def copy_static(home: Path) -> None:
    """Give a home the static files of this code."""
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copytree(migrated_home() / "static", home / "static", dirs_exist_ok=True)


class Installation:
    """Processes of one home, started by their commands and ended by their ids."""

    def __init__(self, directory: Path, database: Database, **settings: str) -> None:
        self.home = directory / "home"
        self.directory = directory
        self.port = free_port()
        self.database = database
        self.processes: list[subprocess.Popen[bytes]] = []
        ours = ("SIGNALCAST_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS")
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(ours)
        } | {
            "SIGNALCAST_HOME": str(self.home),
            "SIGNALCAST_PORT": str(self.port),
            "SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS": "1",
            "SIGNALCAST_LOG_FORMAT": "json",
            **FEW,
            **database.settings(),
            **settings,
        }
        self._asker = Asker(dict(self.environment), directory / "asker.log")

    @property
    def url(self) -> str:
        """Where its web server answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, expect: int | None = 0) -> str:
        """Run one command to its end, whatever its exit code when None is expected.

        Returns what it printed.
        """
        done = subprocess.run(
            [sys.executable, "-m", "signalcast.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expect in (None, done.returncode), f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def migrate(self) -> None:
        """Make the tables. A server of its own gets them one by one, a file by a copy."""
        copy_static(self.home)
        if self.database.settings():
            self.run("migrate", "--verbosity", "0")
        else:
            copy_tables(self.home)

    def prepare(self, document: dict[str, Any]) -> None:
        """Migrate and load a document, by the process that also answers questions."""
        self.migrate()
        path = self.directory / "document.json"
        path.write_text(json.dumps(document))
        self.query(f"management.call_command('load', {str(path)!r})")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command that goes on, in a session of its own as a terminal would give it."""
        with (self.directory / f"{words[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "signalcast.cli", *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def start_all(self, *, workers: int = 2, senders: int = 2) -> None:
        """Start the processes of an installation one by one, without a process manager."""
        self.start("valkey")
        self.start("web", "--workers", "1")
        for _ in range(workers):
            self.start("worker")
        for _ in range(senders):
            self.start("sender")
        self.start("scheduler")
        self.wait_ready()

    def wait_ready(self, within: float = PATIENCE) -> None:
        """Wait until the web server says that it can work."""
        from tests.acceptance.poster import status_of

        wait_for(lambda: status_of(f"{self.url}/readyz") == 200, within=within, message="ready")

    def started(self, command: str) -> list[subprocess.Popen[bytes]]:
        """The running processes of a command."""
        return [
            process
            for process in self.processes
            if process.poll() is None and command in process.args  # type: ignore[operator]
        ]

    def query(self, expression: str) -> Any:
        """Evaluate an expression over the models in the installation's own database."""
        return self._asker.ask(expression)

    def logs(self) -> str:
        """The newest lines of every log."""
        found = [*self.directory.glob("*.log"), *(self.home / "log").glob("*.log")]
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-12:])
            for path in found
        )

    def end(self) -> None:
        """End what is still running."""
        self._asker.end()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = threading.Timer(20, self._kill_all)
        deadline.start()
        for process in self.processes:
            process.wait()
        deadline.cancel()

    def _kill_all(self) -> None:
        for process in self.processes:
            process.kill()


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, and wait until it is gone."""
    process.kill()
    process.wait()


def freeze(made: Installation, pid: int) -> None:
    """SIGSTOP, where it holds no lock: with one of the database's it would stop everybody."""

    def frozen() -> bool:
        os.kill(pid, signal.SIGSTOP)
        try:
            # No row has that key, and still it takes the lock that SQLite has for whoever writes.
            made.query("Delivery.objects.filter(pk=0).update(tries=0)")
        except AssertionError as error:
            os.kill(pid, signal.SIGCONT)
            if "database is locked" not in str(error):
                raise
            return False
        return True

    wait_for(frozen, within=60, message=f"{pid} to hold no lock")


def descendants(root: int) -> set[int]:
    """The ids of a process's children, and theirs, as long as they run."""
    children: dict[int, set[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), set()).add(int(process.name))
    found: set[int] = set()
    fresh = {root}
    while fresh := {child for parent in fresh for child in children.get(parent, ())}:
        found |= fresh
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of the processes that still run."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(pid)
    return running


@contextmanager
def installation(directory: Path, database: Database, **settings: str) -> Iterator[Installation]:
    """An installation that ends with the block, and shows its logs when the block fails."""
    made = Installation(directory, database, **settings)
    try:
        yield made
    except BaseException:
        sys.stderr.write(made.logs())
        raise
    finally:
        made.end()
