"""The set-up says in a sentence what a machine lacks, and does nothing twice."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_an_interpreter_that_does_not_exist_is_refused_in_a_sentence(tmp_path: Path) -> None:
    answer = _set_up(_checkout(tmp_path), "--python", "python-of-tomorrow")

    assert answer.returncode == 2
    assert (
        answer.stderr
        == "Signalcast needs Python 3.11, 3.12 or 3.13, and python-of-tomorrow is none.\n"
    )


def test_an_old_interpreter_is_refused_in_a_sentence(tmp_path: Path) -> None:
    old = _interpreter(tmp_path, version=[3, 9, 18], ensurepip=True)

    answer = _set_up(_checkout(tmp_path), "--python", str(old))

    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1


def test_a_python_without_ensurepip_is_answered_with_the_package_that_brings_it(
    tmp_path: Path,
) -> None:
    bare = _interpreter(tmp_path, version=[3, 12, 1], ensurepip=False)

    answer = _set_up(_checkout(tmp_path), "--python", str(bare))

    assert answer.returncode == 2
    assert len(answer.stderr.splitlines()) == 1
    assert "python3.12-venv" in answer.stderr or "ensurepip of python3.12" in answer.stderr


def test_a_broken_environment_is_not_taken_for_a_good_one(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")

    answer = _set_up(checkout, "--python", "python-of-tomorrow")

    assert answer.returncode == 2


@pytest.mark.wide
def test_an_environment_that_has_everything_is_left_as_it_is(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path)
    first = _set_up(checkout, "--python", sys.executable)
    made = (checkout / ".venv" / "pyvenv.cfg").stat().st_mtime_ns

    second = _set_up(checkout, "--python", sys.executable)

    assert (first.returncode, first.stderr.count("making .venv")) == (0, 1), first.stderr
    assert (second.returncode, second.stderr) == (0, "")
    assert (checkout / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == made


@pytest.mark.wide
def test_the_systems_own_python_is_taken_before_what_is_first_on_the_path(tmp_path: Path) -> None:
    system = Path("/usr/bin/python3")
    able = subprocess.run([system, "-c", "import ensurepip, tomllib"], check=False).returncode == 0
    if not able:
        pytest.skip(f"{system} is no Python 3.11 that makes environments: install python3-venv")
    first = _interpreter(tmp_path, version=[3, 12, 1], ensurepip=True)
    first.rename(tmp_path / "python3")

    answer = _set_up(_checkout(tmp_path), before=str(tmp_path))

    assert answer.returncode == 0, answer.stderr
    assert f"({system.resolve()})" in answer.stderr


def _checkout(directory: Path) -> Path:
    """A project like this one, which needs nothing and so installs without a network."""
    checkout = directory / "checkout"
    (checkout / "tools").mkdir(parents=True)
    (checkout / "requirements").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.py", checkout / "tools")
    (checkout / "requirements" / "base.txt").write_text("")
    (checkout / "signalcast.py").write_text("def main() -> None: ...\n")
    (checkout / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "builder"\nbackend-path = ["."]\n'
    )
    (checkout / "builder.py").write_text(BUILDER)
    return checkout


#: The least that can build a package in place, so that the test needs none from outside.
BUILDER = """
import zipfile

FILES = {
    "METADATA": "Metadata-Version: 2.1\\nName: signalcast\\nVersion: 1\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "entry_points.txt": "[console_scripts]\\nsignalcast = signalcast:main\\n",
    "RECORD": "",
}


def build_editable(directory, config_settings=None, metadata_directory=None):
    wheel = "signalcast-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{wheel}", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(f"signalcast-1.dist-info/{name}", text)
    return wheel
"""


def _interpreter(directory: Path, *, version: list[int], ensurepip: bool) -> Path:
    """A program that answers like a Python of that version."""
    answer = {"version": version, "ensurepip": ensurepip, "pip": True}
    path = directory / "python"
    names = {"executable": str(path), "interpreter": str(path)}
    path.write_text(f"#!/bin/sh\necho '{json.dumps({**answer, **names})}'\n")
    path.chmod(0o755)
    return path


def _set_up(checkout: Path, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """Run the set-up as on a machine without uv, with a directory BEFORE those of its path."""
    command = [sys.executable, "-I", "-S", "tools/bootstrap.py", "base", *arguments]
    path = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "uv").exists()
    )
    return subprocess.run(
        command,
        cwd=checkout,
        env={**os.environ, "PATH": f"{before}:{path}" if before else path},
        capture_output=True,
        text=True,
        check=False,
    )
