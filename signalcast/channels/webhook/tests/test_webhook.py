"""What is particular to webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from signalcast.channels.base import Address, AddressError, Content, Message, Outcome, Result
from signalcast.channels.webhook.retry_after import LONGEST, retry_after
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.channels.webhook.transport import channel
from signalcast.core.clock import now
from signalcast.core.env import environment
from signalcast.core.signing import new_secret, verify


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    environment.cache_clear()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


def send(peer: Peer, *answers: bytes, secret: str = "", times: int = 1) -> Result:
    content = Content("signal.closed", "2026-11-23T00:00:00+00:00", {"signal": {"symbol": "X"}})

    async def sends() -> Result:
        async with channel.open() as transport:
            for _ in range(times):
                address = Address("uid", peer.url(), secret)
                result = await transport.send(Message("msg_1", content), address)
            return result

    if answers:
        peer.say("/", *answers)
    return asyncio.run(sends())


def test_the_request_is_a_standard_webhook(peer: Peer) -> None:
    secret, old = new_secret(), new_secret()
    send(peer, secret=f"{secret} {old}")

    [arrival] = peer.arrivals
    assert arrival.json == {
        "type": "signal.closed",
        "timestamp": "2026-11-23T00:00:00+00:00",
        "data": {"signal": {"symbol": "X"}},
    }
    assert arrival.headers["content-type"] == "application/json"
    assert arrival.headers["user-agent"].startswith("Signalcast")
    for key in (secret, old):
        verify([key], arrival.headers, arrival.body, int(now().timestamp()))


def test_without_a_secret_there_is_no_signature(peer: Peer) -> None:
    send(peer)

    assert "webhook-signature" not in peer.arrivals[0].headers


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (plain(201), Outcome.ACCEPTED, ""),
        (plain(204), Outcome.ACCEPTED, ""),
        (plain(302, "Location: /x"), Outcome.FAILED, "a redirect"),
        (plain(400, body=b"no such bot"), Outcome.FAILED, "It answered 400. no such bot"),
        (plain(404), Outcome.FAILED, "It answered 404."),
        (plain(410), Outcome.REFUSED, "410"),
        (plain(500), Outcome.FAILED, "It answered 500."),
        (plain(503), Outcome.FAILED, "It answered 503."),
        (plain(503, "Retry-After: 5"), Outcome.WAIT, "wait for 5 s"),
        (plain(429), Outcome.WAIT, "wait for 60 s"),
        (plain(429, "Retry-After: 12966"), Outcome.WAIT, "wait for 12966 s"),
    ],
)
def test_an_answer_means(peer: Peer, answer: bytes, outcome: Outcome, words: str) -> None:
    result = send(peer, answer)

    assert result.outcome is outcome
    assert words in result.detail


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("12966", 12_966.0),
        (" 7 ", 7.0),
        ("9" * 30, LONGEST),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1.5", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_as(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds


def test_retry_after_may_be_a_date() -> None:
    moment = now() + timedelta(hours=2)
    seconds = retry_after(format_datetime(moment, usegmt=True))

    assert seconds is not None
    assert 7_190 < seconds <= 7_200


def test_a_connection_closed_while_idle_is_worth_one_more_try_at_once(peer: Peer) -> None:
    async def twice() -> Result:
        content = Content("t", "", {})
        async with channel.open() as transport:
            address = Address("uid", peer.url())
            await transport.send(Message("msg_1", content), address)
            peer.say("/", b"")
            sent = asyncio.create_task(transport.send(Message("msg_2", content), address))
            while len(peer.arrivals) < 2:
                await asyncio.sleep(0.01)
            peer.hang_up()
            return await sent

    result = asyncio.run(twice())
    assert (result.outcome, result.at_once) == (Outcome.AMBIGUOUS, True)


def test_private_addresses_are_refused_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert channel.check_address(" http://127.0.0.1:8000/x ") == "http://127.0.0.1:8000/x"
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "0")
    environment.cache_clear()
    with pytest.raises(AddressError, match="private or reserved"):
        channel.check_address("http://127.0.0.1:8000/x")


def test_the_body_is_rendered_once_for_all_receivers(peer: Peer) -> None:
    content = Content("t", "", {})
    made = [content.form("webhook", lambda _: object()) for _ in range(3)]

    assert made[0] is made[1] is made[2]
