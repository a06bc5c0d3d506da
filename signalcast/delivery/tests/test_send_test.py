"""A test of one destination goes the way of signals, without being one."""

from __future__ import annotations

import pytest

from signalcast.channels.models import Destination
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.send_test import send_test
from signalcast.delivery.tests.outbox import (
    fresh,
    hurry,
    sending,
    wait_for_attempts,
    wait_for_state,
)
from signalcast.delivery.tests.world import World
from signalcast.plans.models import Subscription

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_it_reaches_this_destination_alone_and_needs_no_plan(
    world: World, to: Destination, peer: Peer
) -> None:
    Subscription.objects.all().delete()
    row = send_test(to, world.feed)
    with sending():
        wait_for_state(row, "sent")

    [arrival] = peer.arrivals
    assert arrival.json["type"] == "test.published"
    assert arrival.json["data"] == {"feed": {"slug": "crypto", "name": "Crypto"}}
    assert Delivery.objects.count() == 1


def test_pressing_again_while_one_waits_makes_no_second_one(world: World, to: Destination) -> None:
    first = send_test(to, world.feed)
    assert send_test(to, world.feed) == first
    Delivery.objects.update(state="sent", due=None)
    assert send_test(to, world.feed) != first


def test_it_is_given_up_soon_and_says_why(world: World, to: Destination, peer: Peer) -> None:
    peer.say("/hook", plain(500), plain(500), plain(500))
    row = send_test(to, world.feed)
    with sending():
        wait_for_attempts(row, 1)
        hurry()
        ended = wait_for_state(row, "stale")

    assert ended.reason.startswith("The test did not arrive: ")
    assert "500" in ended.reason
    assert send_test(to, world.feed) != row


def test_a_disabled_destination_gets_no_test(world: World, to: Destination, peer: Peer) -> None:
    to.state = Destination.State.DISABLED
    to.save()
    row = send_test(to, world.feed)
    with sending():
        wait_for_state(row, "discarded")
    assert not peer.arrivals


def test_nothing_is_left_to_fan_out(world: World, to: Destination) -> None:
    row = send_test(to, world.feed)
    assert not Post.objects.filter(fanned_out_at=None).exists()
    assert fresh(row).queue == 0
