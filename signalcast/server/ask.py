"""Ask the keepers of this home how they are, or to start another generation."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec

from signalcast.core.home import socket_directory
from signalcast.server.keeper import ANSWER_WITHIN, READY_WITHIN

#: Seconds that a keeper has for an answer: two reloads where one is under way already.
WITHIN = {"status": 2 * ANSWER_WITHIN, "reload": 2 * READY_WITHIN + 5.0}


class NoKeeper(Exception):
    """Nobody answers there."""


def control_path(port: int) -> Path:
    """Where the keeper of a port is asked."""
    return socket_directory() / f"web-{port}.sock"


def keepers() -> list[Path]:
    """Where to ask: the sockets of this home, some of which nobody may listen at any more."""
    return sorted(socket_directory().glob("web-*.sock"))


def ask(path: Path, wish: str) -> dict[str, Any]:
    """What a keeper says to "status" or "reload". Raises NoKeeper."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(WITHIN[wish])
        try:
            line.connect(str(path))
            line.sendall(f"{wish}\n".encode())
            found = b"".join(iter(lambda: line.recv(65_536), b""))
            answer: dict[str, Any] = msgspec.json.decode(found)
        except (OSError, msgspec.DecodeError) as error:
            raise NoKeeper(str(error)) from error
        return answer
