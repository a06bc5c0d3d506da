"""Whose turn it is to write, among all threads and processes that write to one database."""

from __future__ import annotations

import fcntl
import os
import select
import time

#: Seconds between two looks whether it is one's turn. SQLite itself waits up to 0.1 s between two
#: looks, in which others come and go: who waited longest waits on.
LOOK_EVERY = 0.001
#: Seconds after which a writer goes without: somebody was stopped while it was his turn.
WITHIN = 5.0


class Turn:
    """One connection's place among the writers. The kernel takes back the turn of who dies."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1
        self._owner = 0
        self._taken = False

    @property
    def mine(self) -> bool:
        """Whether it is this connection's turn, in the process that took it."""
        return self._taken and self._owner == os.getpid()

    def take(self, within: float = WITHIN) -> None:
        """Wait until it is this connection's turn, or WITHIN seconds. Taking it twice is once."""
        deadline = 0.0
        while not (self.mine or self._try()):
            now = time.monotonic()
            deadline = deadline or now + within
            if now >= deadline:
                return
            select.select((), (), (), LOOK_EVERY)

    def give(self) -> None:
        """Let the next one write. Harmless to who has no turn."""
        if self.mine:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._taken = False

    def leave(self) -> None:
        """Have no place any more."""
        if self._file >= 0:
            # A fork closes what it copied: the parent's turn stays the parent's.
            os.close(self._file)
        self._file, self._taken = -1, False

    def _try(self) -> bool:
        if self._owner != os.getpid():
            self.leave()
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._owner = os.getpid()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._taken = True
        return True
