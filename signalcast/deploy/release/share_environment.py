"""Give a release the environment of the one before, where both lock the same packages.

Its files are the same ones on the disk, under two names: nothing is fetched or written anew, so
that a release takes seconds and its disk is free for signals. What has the directory in it is
written for the new one, and the set-up looks at all of it as at one that it made itself.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

ENVIRONMENT, STAMP = Path(".venv"), Path(".venv/setup.json")
#: What says where an environment is, in its own directory.
TOLD_IN = ("bin", "pyvenv.cfg", STAMP.name)
LOCKS = Path("requirements")


def share_environment(before: Path, release: Path) -> bool:
    """Whether RELEASE has the environment of BEFORE now. If not, it has none."""
    stamp = _stamp(before)
    if not stamp or not _same_locks(before, release):
        return False
    try:
        shutil.copytree(
            before / ENVIRONMENT,
            release / ENVIRONMENT,
            symlinks=True,
            copy_function=os.link,
            ignore=lambda directory, _names: (
                TOLD_IN if Path(directory) == before / ENVIRONMENT else ()
            ),
        )
        _tell_anew(before / ENVIRONMENT, release / ENVIRONMENT)
        # The command is that of the release, and has yet to be installed.
        fresh = {**stamp, "venv": str(release / ENVIRONMENT), "command": ""}
        (release / STAMP).write_text(json.dumps(fresh, indent=2) + "\n")
    except (OSError, shutil.Error):
        # Another file system, say, or one that knows no second names.
        shutil.rmtree(release / ENVIRONMENT, ignore_errors=True)
        return False
    return True


def _stamp(release: Path) -> dict[str, Any]:
    """What the set-up noted of an environment; nothing where it was moved or never finished."""
    try:
        stamp: dict[str, Any] = json.loads((release / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return stamp if stamp.get("venv") == str(release / ENVIRONMENT) else {}


def _same_locks(before: Path, release: Path) -> bool:
    return _locks(before) == _locks(release) != {}


def _locks(release: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (release / LOCKS).glob("*.txt")}


def _tell_anew(before: Path, fresh: Path) -> None:
    """Copy what names the directory, with the new one in its place."""
    (fresh / "bin").mkdir()
    for path in (before / "pyvenv.cfg", *(before / "bin").iterdir()):
        target = fresh / path.relative_to(before)
        if path.is_dir():
            continue  # bytecode of a script
        if path.is_symlink():
            target.symlink_to(os.readlink(path))
            continue
        content = path.read_bytes()
        told = content.replace(os.fsencode(before), os.fsencode(fresh))
        if told == content:
            os.link(path, target)
        else:
            target.write_bytes(told)
            shutil.copymode(path, target)
