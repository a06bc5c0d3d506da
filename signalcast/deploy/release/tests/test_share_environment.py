"""Releases with the same lock have the same packages on the disk, and each its own command."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signalcast.core.env import process_environment
from signalcast.deploy.release.share_environment import share_environment

ROOT = Path(__file__).parents[4]
PACKAGE = Path("lib") / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


#: The least that can build a package in place, so that the test needs none from outside.
BUILDER = """
import os, zipfile

ABOUT = "signalcast-1.dist-info/"
FILES = {
    "signalcast.pth": os.getcwd(),
    ABOUT + "METADATA": "Metadata-Version: 2.1\\nName: signalcast\\nVersion: 1\\n",
    ABOUT + "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    ABOUT + "entry_points.txt": "[console_scripts]\\nsignalcast = signalcast:main\\n",
}
FILES[ABOUT + "RECORD"] = "".join(f"{name},,\\n" for name in [*FILES, ABOUT + "RECORD"])


def build_editable(directory, config_settings=None, metadata_directory=None):
    wheel = "signalcast-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{wheel}", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)
    return wheel
"""


def unpacked(path: Path, lock: str = "") -> Path:
    """The least that is a release and has a command, which says where it is."""
    for name, text in {
        "requirements/base.txt": lock,
        "signalcast.py": "def main() -> None:\n    print(__file__)\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "builder"\n'
        'backend-path = ["."]\n',
        "builder.py": BUILDER,
    }.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    (path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.py", path / "tools")
    return path


def set_up(release: Path) -> str:
    """Run its set-up as on a machine without uv. Returns what that said."""
    command = [sys.executable, "-I", "-S", str(release / "tools" / "bootstrap.py"), "base"]
    return subprocess.run(
        [*command, "--python", sys.executable],
        capture_output=True,
        check=True,
        text=True,
        env=process_environment() | {"PATH": ""},
    ).stderr


def where(release: Path) -> str:
    """What the command of a release says."""
    command = [str(release / ".venv" / "bin" / "signalcast")]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def stamped(release: Path, venv: Path) -> Path:
    (release / ".venv").mkdir()
    (release / ".venv" / "setup.json").write_text(json.dumps({"venv": str(venv), "sets": {}}))
    return release


@pytest.mark.wide
def test_the_next_release_has_the_same_files_and_a_command_of_its_own(tmp_path: Path) -> None:
    before, release = unpacked(tmp_path / "before"), unpacked(tmp_path / "release")
    set_up(before)

    assert share_environment(before, release)
    said = set_up(release)

    assert "making .venv" not in said
    assert (where(before), where(release)) == (
        str(before / "signalcast.py"),
        str(release / "signalcast.py"),
    )
    pip = PACKAGE / "pip" / "__init__.py"
    assert (before / ".venv" / pip).samefile(release / ".venv" / pip)
    shutil.rmtree(before)
    assert where(release) == str(release / "signalcast.py")


def test_another_lock_is_installed_anew(tmp_path: Path) -> None:
    before = stamped(unpacked(tmp_path / "before"), tmp_path / "before" / ".venv")
    release = unpacked(tmp_path / "release", lock="# another\n")

    assert not share_environment(before, release)
    assert not (release / ".venv").exists()


@pytest.mark.parametrize("moved", [True, False])
def test_what_was_moved_or_never_finished_is_not_shared(tmp_path: Path, moved: bool) -> None:
    before, release = unpacked(tmp_path / "before"), unpacked(tmp_path / "release")
    if moved:
        stamped(before, tmp_path / "elsewhere" / ".venv")

    assert not share_environment(before, release)
    assert not (release / ".venv").exists()
