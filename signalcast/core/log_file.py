"""A file instead of standard output and error, where no process manager keeps one."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

#: Seconds between two looks whether the file was renamed.
LOOK_EVERY = 1.0
STDOUT, STDERR = 1, 2


def print_to(path: Path) -> None:
    """Have all that this process and its children print appended to PATH from now on.

    Who renames the file loses nothing: lines go to the renamed one until, within a second, the
    file is opened anew under its name. Raises OSError when it cannot be opened.
    """
    _open(path)
    _watch(path)
    # Threads do not go along to a child.
    os.register_at_fork(after_in_child=lambda: _watch(path))


def _open(path: Path) -> None:
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    # Both change over at once, whoever writes meanwhile; what they named before is closed.
    os.dup2(opened, STDOUT)
    os.dup2(opened, STDERR)
    os.close(opened)


def _watch(path: Path) -> None:
    threading.Thread(target=_follow, args=(path,), name="log-file", daemon=True).start()


def _follow(path: Path) -> None:
    never = threading.Event()
    while not never.wait(LOOK_EVERY):
        # Where it cannot be opened, the old one is written on.
        with suppress(OSError):
            if not _is_open(path):
                _open(path)


def _is_open(path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(STDERR))
    except FileNotFoundError:
        return False
