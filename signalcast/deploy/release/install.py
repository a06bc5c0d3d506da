"""Make a release that was unpacked able to run, and bring what it shares up to date."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from signalcast.core.env import environment, process_environment, variable
from signalcast.deploy.release.problems import Refused
from signalcast.deploy.release.step_back import NICE
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
    command = [*NICE, python, "-I", "-S", str(release / BOOTSTRAP), *sets]
    _run(command, release, "Its packages cannot be installed", INSTALL_WITHIN)


def check(release: Path) -> None:
    """Whether its code and these settings fit. Raises Refused."""
    _signalcast(release, ["check"], "It does not start here", NICE)


def migrate(release: Path) -> None:
    """The database, for both: what a release adds is nothing that the one before minds.

    Raises Refused. Migrations that came before the one that failed stay; they are such, too.
    """
    # In its turn: others wait for the locks that it holds.
    _signalcast(release, ["migrate", "--verbosity", "1"], "Its migrations fail")


def collect_static(release: Path) -> None:
    """Its style sheets and scripts, beside those of the releases before. Raises Refused."""
    words = ["collectstatic", "--noinput", "--verbosity", "0"]
    _signalcast(release, words, "No static files", NICE)


def command_of(release: Path, *words: str) -> list[str]:
    """A command of ours, by the code of a release."""
    return [str(release / ".venv" / "bin" / "python"), "-m", "signalcast.cli", *words]


def environment_of_release() -> dict[str, str]:
    """The variables of such a command: those of this process, and this home for its own."""
    return process_environment() | {variable("home"): environment().home}


def _signalcast(release: Path, words: Sequence[str], problem: str, how: Sequence[str] = ()) -> None:
    _run([*how, *command_of(release, *words)], release, problem, STEP_WITHIN)


def _run(command: Sequence[str], release: Path, problem: str, within: float) -> None:
    with subprocess.Popen(
        command,
        cwd=release,
        env=environment_of_release(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as running:
        try:
            output, _ = running.communicate(timeout=within)
        except BaseException as error:
            # A Ctrl-C at the terminal does not reach another session.
            os.killpg(running.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise Refused(f"{problem}: it was not done within {within:g} s.") from None
            raise
    if running.returncode:
        told = "\n".join(f"  {line}" for line in output.strip().splitlines()[-LINES_TOLD:])
        raise Refused(f"{problem} (exit code {running.returncode}):\n{told}")
