"""Where log lines leave the process: whoever reads them, or reads no longer, never stops it, and a
file that is moved away is followed by the next one of its name."""

from __future__ import annotations

import fcntl
import os
import select
import stat
import threading
from contextlib import suppress
from typing import TextIO

#: Linux's request for the size of a pipe, and the size asked for: bursts fit in.
F_SETPIPE_SZ, PIPE_BYTES = 1031, 1_048_576
#: Seconds that one line waits for a reader that is behind. After a line was lost the next ones
#: wait no more, until one gets through.
PATIENCE = 0.05


class LogOutput:
    """Writes lines to a stream. Never waits for a reader that stopped reading."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._pipe = _pipe(stream)
        self._file = _LogFile.behind(stream) if self._pipe is None else None
        self._behind = False
        #: Lines that nobody took, since the last one that somebody took.
        self.lost = 0

    def write(self, line: str) -> None:
        """Write LINE and its end. Raises OSError when nobody can ever read it."""
        with self._lock:
            if self._pipe is None:
                if self._file:
                    self._file.follow()
                self._stream.write(line + "\n")
                self._stream.flush()
            elif self._through(self._pipe, line.encode(errors="replace") + b"\n"):
                self.lost = 0
            else:
                self.lost += 1

    def _through(self, pipe: int, data: bytes) -> bool:
        at = 0
        while at < len(data):
            if not select.select([], [pipe], [], 0 if self._behind else PATIENCE)[1]:
                # The reader gets half a line, and knows it by the next one's start.
                self._behind = True
                return False
            # A pipe that is ready takes this much at once, so that the write never blocks.
            at += os.write(pipe, data[at : at + select.PIPE_BUF])
        self._behind = False
        return True

    # What structlog calls.
    msg = debug = info = warning = error = critical = write


class _LogFile:
    """The file that a process writes to since its start. When it is moved, a new one takes its
    place under its name, for this process and whatever it started from then on."""

    def __init__(self, path: str, descriptors: list[int], known: tuple[int, int]) -> None:
        self._path = path
        self._descriptors = descriptors
        self._known = known

    @classmethod
    def behind(cls, stream: TextIO) -> _LogFile | None:
        """The one behind a stream; None where that is something else."""
        try:
            written = _identity(os.fstat(stream.fileno()))
            path = os.readlink(f"/proc/self/fd/{stream.fileno()}")
            if written is None or _identity(os.stat(path)) != written:
                return None
            ours = {stream.fileno(), *(one for one in (1, 2) if _is_open(one, written))}
        except (OSError, ValueError):
            return None
        return cls(path, sorted(ours), written)

    def follow(self) -> None:
        """Write to what now has the name. A file that is not there yet is waited for."""
        try:
            found = _identity(os.stat(self._path))
            if found is None or found == self._known:
                return
            fresh = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        except OSError:
            return
        try:
            for descriptor in self._descriptors:
                os.dup2(fresh, descriptor)
            self._known = _identity(os.fstat(fresh)) or found
        finally:
            os.close(fresh)


def _identity(found: os.stat_result) -> tuple[int, int] | None:
    """What a regular file is known by, whatever its name; None for anything else."""
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _is_open(descriptor: int, written: tuple[int, int]) -> bool:
    try:
        return _identity(os.fstat(descriptor)) == written
    except OSError:
        return False


def _pipe(stream: TextIO) -> int | None:
    """The descriptor behind a stream that is a pipe, or a socket as journald gives.

    A socket that is ready has room for more than is written to it at once.
    """
    try:
        descriptor = stream.fileno()
        mode = os.fstat(descriptor).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return None
    except (OSError, ValueError):
        return None
    with suppress(OSError):  # it is as large as this user's pipes may be
        fcntl.fcntl(descriptor, F_SETPIPE_SZ, PIPE_BYTES)
    return descriptor
