"""Destinations in trouble: they are kept away from, found well again, and hurt nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from signalcast.channels.models import Destination
from signalcast.channels.tests.receiving import ASKED, Behaviour
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.delivery.models import Delivery
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    fresh,
    hurry,
    post,
    sending,
    wait_for_state,
)
from signalcast.delivery.tests.world import World
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_a_receiver_that_asks_to_wait_is_left_alone_that_long(world: World, peer: Peer) -> None:
    to = destination(world, peer)
    peer.say("/hook", Behaviour.WAIT)
    [row] = deliver(post(world), to)
    with sending():
        waiting = wait_for_state(row, "retrying")
        [other] = deliver(post(world), to)
        wait_for(lambda: fresh(other).generation, within=5, message="the other to be looked at")
        wait_for(lambda: fresh(other).due, within=5, message="the other to be put off")

    assert waiting.attempts == 0
    for late in (waiting, fresh(other)):
        assert late.due is not None
        assert late.due - timezone.now() > timedelta(seconds=ASKED - 60)
    assert len(peer.arrivals) == 1


def test_a_receiver_that_is_gone_is_disabled_and_gets_nothing_more(
    world: World, peer: Peer
) -> None:
    to = destination(world, peer)
    peer.say("/hook", Behaviour.REFUSE)
    [row] = deliver(post(world), to)
    with sending():
        gone = wait_for_state(row, "discarded")
        [later] = deliver(post(world), to)
        refused = wait_for_state(later, "discarded")

    assert "410" in gone.reason
    assert "disabled" in refused.reason
    assert Destination.objects.get(pk=to.pk).state == "disabled"
    assert len(peer.arrivals) == 1


def test_a_destination_that_hangs_holds_four_slots_and_delays_nobody(
    world: World, peer: Peer
) -> None:
    hanging = destination(world, peer, "/hangs")
    peer.say("/hangs", Behaviour.HANG)
    healthy = [destination(world, peer, f"/fine-{number}") for number in range(20)]
    for _ in range(10):
        deliver(post(world), hanging)
    rows = deliver(post(world), *healthy)
    with sending(slots=8):
        for row in rows:
            wait_for_state(row, "sent", within=5)

    last = max(arrival.at for arrival in peer.arrivals if arrival.path != "/hangs")
    first = min(arrival.at for arrival in peer.at("/hangs"))
    assert last - first < 1.4
    assert peer.most_in_flight["/hangs"] == 4


def test_a_busy_but_quick_destination_gets_its_messages_one_after_the_other(
    world: World, peer: Peer
) -> None:
    to = destination(world, peer)
    peer.say("/hook", 0.02)
    rows = [row for _ in range(20) for row in deliver(post(world), to)]
    with sending():
        for row in rows:
            wait_for_state(row, "sent", within=10)

    assert peer.most_in_flight["/hook"] == 4
    assert peer.arrivals[15].at - peer.arrivals[0].at < 1


def test_after_five_failures_a_destination_is_probed_with_one_message(
    world: World, peer: Peer
) -> None:
    to = destination(world, peer)
    peer.say("/hook", plain(500))
    rows = [row for _ in range(8) for row in deliver(post(world), to)]
    with sending():
        wait_for(
            lambda: Destination.objects.get(pk=to.pk).blocked_until,
            within=10,
            message="the breaker to open",
        )
        wait_for(
            lambda: not Delivery.objects.filter(leased_until__isnull=False).exists(),
            within=10,
            message="everything to be put off",
        )
        before = len(peer.arrivals)
        untouched = Delivery.objects.filter(attempts=0).count()
        peer.say("/hook", 0.3, plain(200))
        Destination.objects.update(blocked_until=Now())
        hurry()
        wait_for(lambda: len(peer.arrivals) > before, within=10, message="the probe")
        wait_for(
            lambda: Destination.objects.get(pk=to.pk).failures == 0,
            within=10,
            message="the breaker to close",
        )
        assert len(peer.arrivals) == before + 1
        hurry()
        for row in rows:
            wait_for_state(row, "sent")

    assert 5 <= before < 8
    assert untouched == 8 - before
    assert Destination.objects.get(pk=to.pk).blocked_until is None


def test_what_waits_behind_an_open_breaker_uses_no_attempts(world: World, peer: Peer) -> None:
    to = destination(world, peer)
    Destination.objects.filter(pk=to.pk).update(
        failures=5, blocked_until=Now() + timedelta(hours=1)
    )
    [row] = deliver(post(world), to)
    with sending():
        wait_for(lambda: fresh(row).generation, within=5, message="it to be looked at")
        wait_for(lambda: fresh(row).due, within=5, message="it to be put off")

    now = fresh(row)
    assert (now.state, now.attempts, peer.arrivals) == ("due", 0, [])
    assert now.due is not None
    assert now.due - timezone.now() > timedelta(minutes=59)
