"""Make `.venv` and install what a target needs: `python3 tools/bootstrap.py dev`.

Runs before anything is installed, on whatever Python a machine has: it imports the standard
library only and keeps to what Python 3.7 understands. A second call finds its stamp and returns
at once.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any, Iterator, NoReturn  # noqa: UP035 - Python 3.7 may have to read this

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "setup.json"
OLDEST, TOO_NEW = (3, 11), (3, 14)
#: A distribution's own Python before what else is on the path: it is what servers run, and was
#: compiled with all optimisations, where one that pyenv compiled takes up to twice as long.
CANDIDATES = ("/usr/bin/python3", "python3", "python3.13", "python3.12", "python3.11")

#: What a set installs besides itself. All are locked together, so they never disagree.
CONTAINS = {
    "base": ["base"],
    "dev": ["dev", "base", "provision"],
    "mysql": ["mysql"],
    "provision": ["provision"],
    "lock": ["lock"],
}

#: How a set is installed where it differs from the rest: the MariaDB driver and what signs mail
#: have no wheel.
FLAGS = {
    "mysql": ["--no-binary", "mysqlclient", "--no-build-isolation"],
    "dev": ["--only-binary", ":all:", "--no-binary", "dkimpy"],
}
HINTS = {
    "mysql": "The driver is compiled here: apt-get install gcc pkg-config python3-dev"
    " libmariadb-dev",
}

DESCRIBE = """
import importlib.util, json, os, sys
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "executable": sys.executable,
    "interpreter": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "ensurepip": getattr(importlib.util.find_spec("ensurepip"), "origin", None) is not None,
    "pip": importlib.util.find_spec("pip") is not None,
}))
"""


def main() -> int:
    """Set up what the arguments name. Exits with 2 and a sentence when the machine lacks a part."""
    parser = argparse.ArgumentParser(description="Set up .venv.")
    parser.add_argument("sets", nargs="+", choices=sorted(CONTAINS), help="what to install")
    parser.add_argument("--python", default="", help="the interpreter to use")
    asked = parser.parse_args()
    if _up_to_date(asked.sets, asked.python):
        return 0
    with _alone():
        if not _up_to_date(asked.sets, asked.python):
            _set_up_somehow(asked.sets, asked.python)
    return 0


def _set_up_somehow(sets: list[str], python: str) -> None:
    """By uv when there is one, else by pip, which may know of a mirror or a certificate."""
    begun = time.monotonic()
    uv = shutil.which("uv")
    try:
        _set_up(sets, python, uv=uv)
    except _Failed as problem:
        if not uv:
            _refuse(str(problem))
        _say(f"{problem} Trying with pip.")
        try:
            _set_up(sets, python, uv=None)
        except _Failed as second:
            _refuse(str(second))
    _say(f".venv is ready ({time.monotonic() - begun:.0f} s)", last=True)


class _Failed(Exception):
    """An installer gave up; the text has its last words."""


def _set_up(sets: list[str], python: str, *, uv: str | None) -> None:
    stamp = _read_stamp()
    if not _usable(stamp, python, uv=uv):
        stamp = _make_environment(_find_python(python, uv=uv), uv=uv)
    for name in sets:
        if stamp["sets"].get(name) != _digest(name):
            _install(name, uv=uv)
            stamp["sets"].update({part: _digest(part) for part in CONTAINS[name]})
            _write_stamp(stamp)
    if not _has_command(stamp):
        _install_command(uv=uv)
        stamp["command"] = _metadata_digest()
        _write_stamp(stamp)


# -- what is there already ---------------------------------------------------------------------


def _up_to_date(sets: list[str], python: str) -> bool:
    """Whether the stamp vouches for everything, without starting a process."""
    stamp = _read_stamp()
    installed = all(stamp["sets"].get(name) == _digest(name) for name in sets)
    return installed and _has_command(stamp) and _in_place(stamp) and _as_asked(stamp, python)


def _has_command(stamp: dict[str, Any]) -> bool:
    there = (VENV / "bin" / "signalcast").exists()
    return there and bool(stamp["command"] == _metadata_digest())


def _in_place(stamp: dict[str, Any]) -> bool:
    """Whether neither .venv was moved nor its Python replaced since the stamp was written."""
    return stamp["venv"] == str(VENV) and bool(stamp["interpreter"] == _interpreter_of_venv())


def _interpreter_of_venv() -> str:
    python = VENV / "bin" / "python"
    return os.path.realpath(python) if python.exists() else ""


def _as_asked(stamp: dict[str, Any], python: str) -> bool:
    if not python:
        return True
    asked = _describe(python)
    return asked is not None and bool(asked["interpreter"] == stamp["interpreter"])


def _usable(stamp: dict[str, Any], python: str, *, uv: str | None) -> bool:
    """Whether .venv can be installed into. Fills in the stamp of one that has none."""
    found = _describe(str(VENV / "bin" / "python"))
    if found is None or not _fits(found) or not (uv or found["pip"]):
        return False
    if not stamp["venv"]:
        stamp.update({"venv": str(VENV), "interpreter": _interpreter_of_venv()})
    return _in_place(stamp) and _as_asked(stamp, python)


def _read_stamp() -> dict[str, Any]:
    empty = {"venv": "", "interpreter": "", "sets": {}, "command": ""}
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return empty
    return {**empty, **stamp}


def _write_stamp(stamp: dict[str, Any]) -> None:
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=2) + "\n")
    fresh.replace(STAMP)


def _requirements(name: str) -> Path:
    return ROOT / "requirements" / (name + ".txt")


def _digest(name: str) -> str:
    return hashlib.sha256(_requirements(name).read_bytes()).hexdigest()


def _metadata_digest() -> str:
    """Of the part of pyproject.toml that says how the command is built."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("\n[tool.ruff]")[0]
    return hashlib.sha256(metadata.encode()).hexdigest()


# -- finding Python ----------------------------------------------------------------------------


def _describe(python: str) -> dict[str, Any] | None:
    """Version and abilities of an interpreter, or None when it does not answer."""
    try:
        answer = subprocess.run(
            [python, "-I", "-c", DESCRIBE], capture_output=True, check=True, timeout=30
        )
        described: dict[str, Any] = json.loads(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return described


def _fits(described: dict[str, Any]) -> bool:
    return OLDEST <= tuple(described["version"][:2]) < TOO_NEW


def _find_python(asked: str, *, uv: str | None) -> dict[str, Any]:
    """The first interpreter that fits and can make an environment."""
    answers = [_describe(name) for name in ([asked] if asked else CANDIDATES)]
    fitting = [found for found in answers if found is not None and _fits(found)]
    able = fitting if uv else [found for found in fitting if found["ensurepip"]]
    if able:
        return able[0]
    if fitting:
        _refuse(_how_to_get_venv(fitting[0]))
    wanted = "Signalcast needs Python 3.11, 3.12 or 3.13"
    hint = "install one, or name yours as in: make run PYTHON=/path/to/python3.12"
    return _refuse(f"{wanted}, and {asked} is none." if asked else f"{wanted}: {hint}")


def _how_to_get_venv(described: dict[str, Any]) -> str:
    version = "python{}.{}".format(*described["version"][:2])
    lacks = f"{described['executable']} cannot make virtual environments"
    if shutil.which("apt-get"):
        sudo = "" if os.geteuid() == 0 else "sudo "
        return f"{lacks}; this helps: {sudo}apt-get install {version}-venv"
    return f"{lacks}: install the modules venv and ensurepip of {version}, or uv."


# -- installing --------------------------------------------------------------------------------


def _make_environment(python: dict[str, Any], *, uv: str | None) -> dict[str, Any]:
    """An empty environment in place of whatever was there, and its stamp."""
    version = "{}.{}.{}".format(*python["version"])
    _say("making .venv with Python {} ({})".format(version, python["interpreter"]))
    if VENV.is_symlink():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    if uv:
        _run([uv, "venv", "--quiet", "--python", python["executable"], str(VENV)])
    else:
        _run([python["executable"], "-I", "-m", "venv", str(VENV)])
    interpreter = _interpreter_of_venv()
    return {"venv": str(VENV), "interpreter": interpreter, "sets": {}, "command": ""}


def _install(name: str, *, uv: str | None) -> None:
    """Install a locked set. Every file is checked against its hash, and none runs while built."""
    path = _requirements(name)
    flags = ["--require-hashes", *FLAGS.get(name, ["--only-binary", ":all:"]), "-r", str(path)]
    total = sum(1 for line in path.read_text().splitlines() if line[:1].isalnum())
    _run(_installer(uv) + flags, hint=HINTS.get(name, ""), packages=total)


def _install_command(*, uv: str | None) -> None:
    """Install this checkout itself, in place, from what is already here."""
    _say("installing the command .venv/bin/signalcast")
    flags = ["--no-deps", "--no-build-isolation", "--offline" if uv else "--no-index"]
    _run([*_installer(uv), *flags, "-e", str(ROOT)])


def _installer(uv: str | None) -> list[str]:
    python = str(VENV / "bin" / "python")
    if uv:
        # As pip does by itself: else every process of a first start compiles what it imports.
        return [uv, "pip", "install", "--compile-bytecode", "--python", python]
    pip = [python, "-I", "-m", "pip", "install"]
    return [*pip, "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]


def _run(command: list[str], *, hint: str = "", packages: int = 0) -> None:
    """Run a program quietly. Raises _Failed with its last words."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    last_words: deque[str] = deque(maxlen=15)
    collected = 0
    if packages:
        _say(f"installing {packages} package" + "s" * (packages > 1))
    for line in process.stdout or ():
        last_words.append(line)
        if packages and line.startswith(("Collecting ", "Requirement already satisfied")):
            collected += 1
            _say(f"installing package {collected} of {packages}", passing=True)
    if process.wait() != 0:
        said = "".join(last_words).strip()
        raise _Failed(f"{said}\nSetting up failed in {Path(command[0]).name}. {hint}".rstrip())


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other set-up of this checkout is under way."""
    # The lock is on a file that outlives .venv, which may be made anew.
    with open(__file__, "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("waiting for another set-up of this checkout")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# -- talking -----------------------------------------------------------------------------------


def _say(text: str, *, passing: bool = False, last: bool = False) -> None:
    """One line that is overwritten on a terminal; elsewhere a line for each step."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}" + ("\n" if last else ""))
    elif not passing:
        sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _refuse(sentence: str) -> NoReturn:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sys.stderr.write(sentence + "\n")
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)  # what was done so far is stamped or made anew
