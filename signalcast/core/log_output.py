"""Where log lines leave the process: whoever reads them, or reads no longer, never stops it."""

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
        self._behind = False
        #: Lines that nobody took, since the last one that somebody took.
        self.lost = 0

    def write(self, line: str) -> None:
        """Write LINE and its end. Raises OSError when nobody can ever read it."""
        with self._lock:
            if self._pipe is None:
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
