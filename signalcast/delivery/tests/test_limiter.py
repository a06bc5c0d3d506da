"""The limiter, with Valkey and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signalcast.channels.base import Limits, Rate
from signalcast.delivery.buckets import HORIZON, Bucket, Grant, Wanted
from signalcast.delivery.limiter import Limiter
from tests.own_valkey import forget_broker, own_valkey
from tests.waiting import wait_for

LIMITS = Limits(in_flight=4, rate=20.0, burst=10)


@pytest.fixture
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_valkey(tmp_path, monkeypatch):
        yield


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
    forget_broker()
    try:
        granted, wait = Limiter().take("webhook", LIMITS, {1: 20})[1]
    finally:
        monkeypatch.undo()
        forget_broker()

    assert granted == 5
    assert 0 < wait <= 0.1


CHAT, BOT = Rate(1.0, 1), Rate(20.0, 4)


def chats(first: int, last: int, *, at: str = "bot", goes_first: bool = False) -> list[Wanted]:
    bot = Bucket(at, BOT, shared=True)
    return [
        Wanted(1, (Bucket(f"chat:{number}", CHAT), bot), goes_first)
        for number in range(first, last + 1)
    ]


def granted(grants: list[Grant]) -> list[int]:
    return [count for count, _wait in grants]


@pytest.fixture(params=["valkey", "alone"])
def limiter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limiter]:
    if request.param == "valkey":
        request.getfixturevalue("valkey")
    else:
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        monkeypatch.setenv("SIGNALCAST_SENDERS", "1")
        forget_broker()
    yield Limiter()
    monkeypatch.undo()
    forget_broker()


def test_chats_of_one_bot_share_what_it_may_send(limiter: Limiter) -> None:
    grants = limiter.take_of_several(chats(1, 6))

    assert granted(grants) == [1, 1, 1, 1, 0, 0]
    assert granted(limiter.take_of_several(chats(11, 12, at="other bot"))) == [1, 1]


def test_those_who_wait_for_a_bot_are_given_turns_one_after_the_other(limiter: Limiter) -> None:
    waits = [wait for _count, wait in limiter.take_of_several(chats(1, 44))][4:]
    more = [wait for _count, wait in limiter.take_of_several(chats(51, 60))]

    for at, wait in enumerate(waits):
        assert wait == pytest.approx((at + 1) * 0.05, abs=0.02)
    assert more[0] == pytest.approx(2.05, abs=0.05)
    assert max(wait for _, wait in limiter.take_of_several(chats(61, 600))) <= HORIZON


def test_a_chat_that_has_had_its_own_takes_nothing_of_the_bots(limiter: Limiter) -> None:
    limiter.take_of_several(chats(1, 1))
    again = limiter.take_of_several(chats(1, 1) * 3)

    assert granted(again) == [0, 0, 0]
    assert again[0][1] == pytest.approx(1.0, abs=0.1)
    assert granted(limiter.take_of_several(chats(2, 5))) == [1, 1, 1, 0]


def test_what_goes_first_has_the_others_wait(limiter: Limiter) -> None:
    limiter.take_of_several(chats(1, 4))

    assert granted(limiter.take_of_several(chats(11, 12, goes_first=True))) == [1, 1]
    assert granted(limiter.take_of_several(chats(11, 11, goes_first=True))) == [0]
    [(count, wait)] = limiter.take_of_several(chats(5, 5))
    assert count == 0
    assert wait == pytest.approx(0.15, abs=0.03)


def test_a_bucket_of_several_fills_at_its_rate(limiter: Limiter) -> None:
    limiter.take_of_several(chats(1, 4))
    assert granted(limiter.take_of_several(chats(5, 5))) == [0]

    def grants() -> bool:
        return granted(limiter.take_of_several(chats(6, 6))) == [1]

    wait_for(grants, within=1, message="a grant")
