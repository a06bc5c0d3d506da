"""Where the doctor looks: a system, an installation, and what its description expects."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signalcast.core.env import outside_environment
from signalcast.deploy.host import Host

#: Where administration programs are, which the PATH of an ordinary user leaves out.
SYSTEM_PROGRAMS = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said."""

    code: int
    output: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a check may look at."""

    #: SIGNALCAST_HOME.
    home: Path
    host: Host | None = None
    #: The system's files; another directory than / is a tree that does not run.
    root: Path = Path("/")

    def at(self, path: str) -> Path:
        """A path of the system that is looked at."""
        return self.root / path.lstrip("/")

    def text(self, path: str) -> str | None:
        """What a file of the system says; None where it is not there or not for us to read."""
        try:
            return self.at(path).read_text(errors="replace")
        except OSError:
            return None

    @property
    def runs(self) -> bool:
        """Whether the system that is looked at is the one this process runs on."""
        return self.root == Path("/")

    @property
    def base(self) -> Path:
        """What holds `releases`, `current` and `home`."""
        return self.at(self.host.base) if self.host else self.home.parent


def is_root() -> bool:
    """Whether this process may see everything."""
    return os.geteuid() == 0


def program(name: str) -> str | None:
    """The path of a program of this system."""
    return shutil.which(name, path=SYSTEM_PROGRAMS)


def ask(words: Sequence[str], *, within: float = 5.0) -> Answer | None:
    """Run a program that only tells; None when it is not installed.

    Raises subprocess.TimeoutExpired.
    """
    path = program(words[0])
    if path is None:
        return None
    done = subprocess.run(
        [path, *words[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=within,
        check=False,
        env={**outside_environment(), "LC_ALL": "C"},
    )
    return Answer(done.returncode, done.stdout.strip())
