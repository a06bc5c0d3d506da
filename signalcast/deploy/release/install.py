"""Make a release that was unpacked able to run, and bring what it shares up to date."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from signalcast.core.env import environment, process_environment
from signalcast.deploy.release.problems import Refused
from signalcast.deploy.release.unpack import BOOTSTRAP

#: Seconds that a step may take.
INSTALL_WITHIN = 1_200.0
STEP_WITHIN = 600.0
#: The last lines of a program that failed, for the person who reads why.
LINES_TOLD = 12


def install(release: Path) -> None:
    """Its environment from its lock, by the Python of the system that fits. Raises Refused."""
    sets = ["base", *(["mysql"] if environment().database_url.startswith("mysql") else [])]
    # Not from within the environment of the release that runs this.
    python = str(Path(sys.base_prefix) / "bin" / "python3")
    command = [python, "-I", "-S", str(release / BOOTSTRAP), *sets]
    _run(command, release, "Its packages cannot be installed", INSTALL_WITHIN)


def check(release: Path) -> None:
    """Whether its code and these settings fit. Raises Refused."""
    _signalcast(release, ["check"], "It does not start here")


def migrate(release: Path) -> None:
    """The database, for both: what a release adds is nothing that the one before minds.

    Raises Refused. Migrations that came before the one that failed stay; they are such, too.
    """
    _signalcast(release, ["migrate", "--verbosity", "1"], "Its migrations fail")


def collect_static(release: Path) -> None:
    """Its style sheets and scripts, beside those of the releases before. Raises Refused."""
    _signalcast(release, ["collectstatic", "--noinput", "--verbosity", "0"], "No static files")


def _signalcast(release: Path, words: Sequence[str], problem: str) -> None:
    python = str(release / ".venv" / "bin" / "python")
    _run([python, "-m", "signalcast.cli", *words], release, problem, STEP_WITHIN)


def _run(command: Sequence[str], release: Path, problem: str, within: float) -> None:
    try:
        ran = subprocess.run(
            command,
            cwd=release,
            env=process_environment() | {"SIGNALCAST_HOME": environment().home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"{problem}: it was not done within {within:g} s.") from None
    if ran.returncode:
        told = "\n".join(f"  {line}" for line in ran.stdout.strip().splitlines()[-LINES_TOLD:])
        raise Refused(f"{problem} (exit code {ran.returncode}):\n{told}")
