"""What tests of sending share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signalcast.channels.models import Destination
from signalcast.channels.registry import channel
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.core.env import environment
from signalcast.delivery.tests.outbox import destination, signal
from signalcast.delivery.tests.world import World, make_world
from signalcast.signals.models import Signal


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Receivers on the loopback are allowed, and have little time to answer."""
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    monkeypatch.setattr(channel("webhook"), "answer_within", 1.5)
    yield
    environment.cache_clear()


@pytest.fixture
def world(db: None) -> World:
    """A feed and people who get it."""
    return make_world()


@pytest.fixture
def peer(loopback: None) -> Iterator[Peer]:
    """A receiver."""
    with Peer() as made:
        yield made


@pytest.fixture
def to(world: World, peer: Peer) -> Destination:
    """A subscriber with a webhook at /hook of the receiver."""
    return destination(world, peer)


@pytest.fixture
def about(world: World) -> Signal:
    """A signal of the feed."""
    return signal(world)


@pytest.fixture
def second(to: Destination, peer: Peer) -> Destination:
    """Another place of the same reader."""
    return Destination.objects.create(
        owner=to.owner, kind="webhook", address=peer.url("/second"), secret=to.secret
    )


@pytest.fixture
def third(to: Destination, peer: Peer) -> Destination:
    """One more."""
    return Destination.objects.create(
        owner=to.owner, kind="webhook", address=peer.url("/third"), secret=to.secret
    )
