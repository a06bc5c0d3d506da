"""The cache is one for all processes, and each has its own while the server is away."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcast.core import events
from signalcast.core.shared_cache import SharedCache
from tests.own_valkey import own_valkey


def test_what_one_process_keeps_another_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_valkey(tmp_path, monkeypatch):
        one, other = SharedCache("", {}), SharedCache("", {})
        one.set("tries", [1.5, 0.5], 60.0)
        assert other.get("tries") == [1.5, 0.5]
        assert one.add("lock", True, 10)
        assert not other.add("lock", True, 10)
        assert other.touch("lock", 20)
        other.delete("lock")
        assert one.get("lock", "gone") == "gone"
        one.set("count", 3)
        assert other.incr("count") == 4

        one.clear()
        assert other.get("count") == 4


def test_a_server_that_goes_away_costs_what_was_counted_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with own_valkey(tmp_path, monkeypatch):
        cache = SharedCache("", {})
        cache.set("x", "there", 60)
    with events.heard_by(lambda event, _fields: told.append(event)):
        assert cache.get("x") is None
        assert cache.add("x", "here", 60)
        assert cache.get("x") == "here"

    assert told == ["cache.alone"]  # and the server is left alone for a moment
    cache.clear()
    assert cache.get("x") is None
