"""Entries as they are written, over the rotation of their files."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from signalcast.ops.logs.entry import Entry, read_entry
from signalcast.ops.logs.newest import log_files
from signalcast.ops.logs.wanted import Wanted

#: Seconds between two looks, and bytes that one look takes of one file.
LOOK_EVERY = 0.2
MOST_BYTES = 4_194_304


class Follower:
    """Follows all files of a directory from their ends on, and those that come later."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files: dict[str, _File] = {}
        for name, paths in log_files(directory).items():
            self._files[name] = _File(name, paths[0], from_end=True)

    def look(self) -> list[Entry]:
        """What was written since the last look, in the order of time."""
        for name, paths in log_files(self._directory).items():
            if name not in self._files:
                self._files[name] = _File(name, paths[0], from_end=False)
        found = [entry for file in self._files.values() for entry in file.read()]
        return sorted(found, key=lambda entry: entry.at)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


def follow(
    follower: Follower, wanted: Wanted, stop: threading.Event, *, known: list[Entry]
) -> Iterator[Entry]:
    """Entries that fit, as they are written, until STOP is set. KNOWN ones are left out."""
    left_out = {(entry.at, entry.process, entry.event) for entry in known}
    while True:
        ended = stop.wait(LOOK_EVERY)
        for entry in follower.look():
            if wanted.fits(entry) and (entry.at, entry.process, entry.event) not in left_out:
                yield entry
        left_out.clear()  # what is read from now on was written after they were
        if ended:
            return


class _File:
    """One process's file. When it is rotated, the rest of the old one comes first."""

    def __init__(self, process: str, path: Path, *, from_end: bool) -> None:
        self._process = process
        self._path = path
        self._last: Entry | None = None
        self._rest = b""
        self._open: BinaryIO | None = None
        self._reopen(from_end=from_end)

    def read(self) -> Iterator[Entry]:
        if self._open is None:
            self._reopen(from_end=False)
        yield from self._entries()
        if self._rotated():
            yield from self._entries()  # what came between the two looks
            self.close()
            self._reopen(from_end=False)
            yield from self._entries()

    def close(self) -> None:
        if self._open:
            self._open.close()
        self._open = None
        self._rest = b""

    def _reopen(self, *, from_end: bool) -> None:
        try:
            self._open = self._path.open("rb")
        except OSError:
            return
        if from_end:
            self._open.seek(0, os.SEEK_END)

    def _rotated(self) -> bool:
        if self._open is None:
            return False
        try:
            there = self._path.stat()
        except OSError:
            return True
        mine = os.fstat(self._open.fileno())
        return there.st_ino != mine.st_ino or there.st_size < self._open.tell()

    def _entries(self) -> Iterator[Entry]:
        if self._open is None:
            return
        *lines, self._rest = (self._rest + self._open.read(MOST_BYTES)).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            entry = read_entry(text, self._process)
            if entry is not None:
                self._last = entry
                yield entry
            elif text and self._last is not None:
                yield Entry(self._last.at, self._process, "info", "", text)
