"""One look for all viewers, with Valkey and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signalcast.core.broker import broker, key
from signalcast.ops.console.glance import Glance
from signalcast.ops.console.look import look
from signalcast.ops.console.shared import Shared
from signalcast.ops.console.tests.scene import live
from tests.own_valkey import own_valkey

pytestmark = pytest.mark.django_db(transaction=True)


class Viewer:
    """A web process that counts how often it looks."""

    def __init__(self) -> None:
        self.looks = 0
        self.shared = Shared(self._look, kept=60.0)

    def _look(self) -> Glance:
        self.looks += 1
        return look()


@pytest.fixture
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_valkey(tmp_path, monkeypatch):
        yield


@pytest.mark.usefixtures("valkey")
def test_two_web_processes_look_once_together() -> None:
    live()
    one, other = Viewer(), Viewer()

    first = one.shared.glance()
    assert other.shared.glance() == first
    assert [one.shared.glance(), other.shared.glance()] == [first, first]
    assert (one.looks, other.looks) == (1, 0)


@pytest.mark.usefixtures("valkey")
def test_what_another_version_left_there_is_not_read() -> None:
    for left in (b"no json", b'{"at": 1}', b"[]"):
        broker().set(key("console"), left)
        viewer = Viewer()

        assert viewer.shared.glance().tiles
        assert viewer.looks == 1


def test_without_the_broker_each_process_looks_for_itself_and_keeps_it_a_moment() -> None:
    one, other = Viewer(), Viewer()

    for viewer in (one, other, one, other):
        assert viewer.shared.glance().tiles
    assert (one.looks, other.looks) == (1, 1)
