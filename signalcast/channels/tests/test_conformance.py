"""What every channel must do, tried on each against a real receiver of its own medium."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest

from signalcast.channels.base import (
    Address,
    AddressError,
    Channel,
    Message,
    Outcome,
    Result,
)
from signalcast.channels.registry import channel, kinds
from signalcast.channels.tests.receiving import ASKED, Behaviour, MakePeer, Peer
from signalcast.channels.wording import examples
from signalcast.core.env import environment

#: Seconds that a receiver has in these tests.
PATIENCE = 0.5


@pytest.fixture(params=kinds())
def medium(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    """Every channel there is, allowed to speak to the loopback."""
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    found = channel(request.param)
    monkeypatch.setattr(found, "answer_within", PATIENCE)
    yield found
    environment.cache_clear()


@pytest.fixture
def peer(medium: Channel) -> Iterator[Peer]:
    make: MakePeer = import_module(f"signalcast.channels.{medium.kind}.tests.peer").Peer
    with make() as made:
        yield made


def message(number: int = 1) -> Message:
    content = next(iter(examples("signal.published")))
    content.data["signal"] |= {"comment": "Grüße \U0001f680"}
    return Message(f"msg_{number:026}", content)


def send(medium: Channel, address: Address, *messages: Message) -> list[Result]:
    async def all_of_them() -> list[Result]:
        async with medium.open() as transport:
            return [await transport.send(one, address) for one in messages or (message(),)]

    return asyncio.run(all_of_them())


def taken(medium: Channel, peer: Peer, behaviour: Behaviour) -> Result:
    peer.behave(behaviour)
    [result] = send(medium, peer.address())
    return result


def told(medium: Channel, outcome: Outcome) -> Outcome:
    """What an outcome comes out as at a medium that may have no words for it."""
    return Outcome.FAILED if outcome in medium.limits.untold else outcome


def test_an_accepted_message_is_accepted(medium: Channel, peer: Peer) -> None:
    assert taken(medium, peer, Behaviour.ACCEPT).outcome is Outcome.ACCEPTED
    assert len(peer.received) == 1
    assert not medium.limits.carries_ids or peer.received == [message().id]


def test_a_repeated_message_carries_the_same_id(medium: Channel, peer: Peer) -> None:
    send(medium, peer.address(), message(7), message(7), message(8))

    first, second, other = peer.received
    assert not medium.limits.carries_ids or first == second != other


def test_a_failure_is_worth_another_try(medium: Channel, peer: Peer) -> None:
    result = taken(medium, peer, Behaviour.FAIL)

    assert result.outcome is Outcome.FAILED
    assert result.detail.isprintable()
    assert result.detail.endswith(".") or "Oh no" in result.detail


def test_a_receiver_that_wants_nothing_more_is_believed(medium: Channel, peer: Peer) -> None:
    result = taken(medium, peer, Behaviour.REFUSE)

    assert result.outcome is told(medium, Outcome.REFUSED)
    assert result.detail


def test_a_receiver_that_asks_to_wait_is_given_all_of_it(medium: Channel, peer: Peer) -> None:
    result = taken(medium, peer, Behaviour.WAIT)

    assert result.outcome is told(medium, Outcome.WAIT)
    assert result.outcome is not Outcome.WAIT or result.wait >= ASKED


@pytest.mark.parametrize("behaviour", [Behaviour.HANG, Behaviour.DROP, Behaviour.GARBAGE])
def test_no_answer_means_that_it_may_have_arrived(
    medium: Channel, peer: Peer, behaviour: Behaviour
) -> None:
    began = time.monotonic()
    result = taken(medium, peer, behaviour)

    # Silence is noticed by the clock, whatever the medium can tell.
    silent = behaviour is Behaviour.HANG
    assert result.outcome is (Outcome.AMBIGUOUS if silent else told(medium, Outcome.AMBIGUOUS))
    assert result.detail.endswith(".")
    assert len(peer.received) == 1
    assert time.monotonic() - began < PATIENCE + 1


def test_nobody_there_means_that_nothing_arrived(medium: Channel, peer: Peer) -> None:
    [result] = send(medium, peer.nowhere())

    assert result.outcome is Outcome.FAILED
    assert result.detail.endswith(".")


def test_an_endless_answer_costs_neither_time_nor_memory(medium: Channel, peer: Peer) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    result = taken(medium, peer, Behaviour.FLOOD)

    assert result.outcome in (Outcome.FAILED, Outcome.AMBIGUOUS)
    assert time.monotonic() - began < PATIENCE + 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32_768


def test_nothing_secret_is_told(medium: Channel, peer: Peer) -> None:
    for behaviour in Behaviour:
        detail = taken(medium, peer, behaviour).detail
        assert peer.address().secret not in detail
        assert "confidential" not in detail


@contextmanager
def nothing_raised() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        pytest.fail(f"raised {error!r}")


@pytest.mark.parametrize("text", ["", " ", "x", "\x00", "http://", "//[", "ü" * 600, "http://a b/"])
def test_an_address_that_is_none_is_told_and_never_raises_when_sent_to(
    medium: Channel, text: str
) -> None:
    with pytest.raises(AddressError) as error:
        medium.check_address(text)
    assert str(error.value).endswith(".")

    with nothing_raised():
        [result] = send(medium, Address("uid", text))
    assert result.outcome is Outcome.FAILED


def test_a_transport_goes_on_after_every_kind_of_trouble(medium: Channel, peer: Peer) -> None:
    async def trouble_then_peace() -> Result:
        async with medium.open() as transport:
            # Whoever asked to wait may be left alone for as long.
            for behaviour in set(Behaviour) - {Behaviour.WAIT}:
                peer.behave(behaviour)
                await transport.send(message(), peer.address())
            peer.behave(Behaviour.ACCEPT)
            return await transport.send(message(), peer.address())

    assert asyncio.run(trouble_then_peace()).outcome is Outcome.ACCEPTED
