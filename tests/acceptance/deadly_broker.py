"""A broker that kills whoever comes to ring a bell: the worst moment to die, every time."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class DeadlyBroker:
    """Listens where a broker would. Use as a context manager."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "deadly.sock"
        #: Processes that were killed.
        self.deaths = 0

    @property
    def url(self) -> str:
        """What REDIS_URL must be."""
        return f"unix://{self.path}"

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _run(self) -> None:
        with suppress(OSError):  # at the end
            while True:
                peer, _address = self._listener.accept()
                told = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
                pid, _user, _group = struct.unpack("3i", told)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.deaths += 1
                peer.close()
