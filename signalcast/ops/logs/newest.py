"""The newest entries of all processes, read from the ends of their files."""

from __future__ import annotations

import heapq
import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from signalcast.ops.logs.entry import Entry, read_entry
from signalcast.ops.logs.wanted import Wanted

#: Bytes that are read at a time, from the end backwards, and of one line at most.
BLOCK = 65_536
LONGEST_LINE = 262_144
#: Lines in a row that are no entries (a traceback) and are kept together.
MOST_LINES = 200


def newest(
    directory: Path, wanted: Wanted, *, most: int, seconds: float = float("inf")
) -> list[Entry]:
    """Up to MOST entries that fit, oldest first. Gives up looking after so many seconds.

    Rotated files are read too. Nothing but what is looked at is in memory.
    """
    if most <= 0:
        return []
    until = time.monotonic() + seconds
    found: list[Entry] = []
    streams = [_backwards(name, files) for name, files in log_files(directory).items()]
    for entry in heapq.merge(*streams, key=lambda one: one.at, reverse=True):
        if (wanted.since and entry.at < wanted.since) or time.monotonic() > until:
            break
        if wanted.fits(entry):
            found.append(entry)
            if len(found) >= most:
                break
    return found[::-1]


def log_files(directory: Path) -> dict[str, list[Path]]:
    """The files of each process, newest first."""
    found: dict[str, list[Path]] = {}
    for path in directory.glob("*.log*"):
        name, _dot, number = path.name.partition(".log")
        if number == "" or number[1:].isdigit():
            found.setdefault(name, []).append(path)
    for files in found.values():
        files.sort(key=lambda path: int(path.name.partition(".log")[2][1:] or 0))
    return found


def _backwards(process: str, files: list[Path]) -> Iterator[Entry]:
    """The entries of a process, newest first. Lines that are none belong to the one before."""
    rest: list[str] = []
    for path in files:
        for line in _lines_backwards(path):
            entry = read_entry(line, process)
            if entry is None:
                rest.append(line)
                continue
            if rest:
                told = "\n".join(islice(reversed(rest), MOST_LINES))
                yield Entry(entry.at, process, "info", "", told)
                rest.clear()
            yield entry
            del rest[MOST_LINES:]


def _lines_backwards(path: Path) -> Iterator[str]:
    try:
        file = path.open("rb")
    except OSError:  # rotated away in between
        return
    with file:
        at = file.seek(0, os.SEEK_END)
        rest = b""
        while at > 0:
            size = min(BLOCK, at)
            at -= size
            file.seek(at)
            first, *lines = (file.read(size) + rest[:LONGEST_LINE]).split(b"\n")
            for line in reversed(lines):
                if line:
                    yield line.decode(errors="replace")
            rest = first
        if rest:
            yield rest.decode(errors="replace")
