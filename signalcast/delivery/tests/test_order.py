"""Promises 4 and 5: revisions in order, fresh before late, nothing about what was never got."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.channels.models import Destination
from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.delivery.load import load
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.order import order
from signalcast.delivery.posts import Posts
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    fresh,
    hurry,
    post,
    sending,
    signal,
    wait_for_attempts,
    wait_for_state,
)
from signalcast.delivery.tests.world import World
from signalcast.signals.models import Signal
from signalcast.work.claim import claim
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def numbers(peer: Peer) -> list[int]:
    return [arrival.json["data"]["revision"]["number"] for arrival in peer.arrivals]


def test_a_revision_that_waits_for_its_retry_gives_way_to_the_next(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    peer.say("/hook", plain(500), plain(500), plain(200))
    [first] = deliver(post(world, about, 1), to)
    with sending():
        wait_for_attempts(first, 1)
        wait_for_state(first, "retrying")
        hurry()
        wait_for_attempts(first, 2)
        wait_for_state(first, "retrying")
        [second] = deliver(post(world, about, 2, "update"), to)
        wait_for_state(second, "sent")

    assert numbers(peer) == [1, 1, 2]
    assert (fresh(first).state, fresh(first).due) == ("superseded", None)


def test_a_revision_waits_while_an_older_one_is_in_flight(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    peer.say("/hook", 0.7, plain(200))
    [first] = deliver(post(world, about, 1), to)
    with sending():
        wait_for(lambda: peer.arrivals, within=5, message="revision 1")
        [second] = deliver(post(world, about, 2, "close"), to)
        wait_for_state(second, "sent")

    assert numbers(peer) == [1, 2]
    assert peer.arrivals[1].at - peer.arrivals[0].at >= 0.7
    assert fresh(first).state == "sent"


def test_of_revisions_that_come_due_together_only_the_newest_is_sent(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    rows = [
        *deliver(post(world, about, 1), to),
        *deliver(post(world, about, 2, "update"), to),
        *deliver(post(world, about, 3, "update"), to),
    ]
    with sending():
        wait_for_state(rows[2], "sent")
        wait_for_state(rows[1], "superseded")
        wait_for_state(rows[0], "superseded")

    assert numbers(peer) == [3]


def test_a_revision_is_not_sent_after_a_newer_one(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    [first] = deliver(post(world, about, 1), to, state="retrying", due=Now() + timedelta(hours=1))
    Delivery.objects.update(maybe_received=True)
    [second] = deliver(post(world, about, 2, "close"), to)
    with sending():
        wait_for_state(second, "sent")
        hurry()
        assert fresh(first).state == "superseded"

    assert numbers(peer) == [2]


def test_other_signals_and_other_destinations_wait_for_nothing(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    other = destination(world, peer, "/other")
    peer.say("/hook", Behaviour.HANG)
    deliver(post(world, about, 1), to)
    with sending():
        wait_for(lambda: peer.at("/hook"), within=5, message="revision 1")
        [elsewhere] = deliver(post(world, about, 2, "update"), other)
        [unrelated] = deliver(post(world, signal(world), 1), to)
        wait_for_state(elsewhere, "sent", within=3)
        wait_for(lambda: len(peer.at("/hook")) > 1, within=3, message="the other signal")

    assert fresh(unrelated).signal_id != about.pk


def test_a_late_new_signal_is_missed_and_so_is_its_close(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    [new] = deliver(post(world, about, 1, valid_until=past), to)
    with sending():
        missed = wait_for_state(new, "stale")
        [close] = deliver(post(world, about, 2, "close", valid_until=past), to)
        unsaid = wait_for_state(close, "stale")

    assert missed.reason == "It came too late to be worth anything."
    assert unsaid.reason == "It never got the signal."
    assert peer.arrivals == []


def test_a_late_close_is_sent_and_says_how_late_it_is(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    other = destination(world, peer, "/missed")
    new = post(world, about, 1)
    deliver(new, to, state="sent", due=None)
    close = post(world, about, 2, "close")
    Post.objects.filter(pk=close.pk).update(created_at=Now() - timedelta(seconds=600))
    sent, unsent = deliver(close, to, other)
    with sending():
        wait_for_state(sent, "sent")
        wait_for_state(unsent, "stale")

    [arrival] = peer.arrivals
    assert arrival.path == "/hook"
    assert 600 <= arrival.json["data"]["late_seconds"] < 620


def test_a_close_in_time_says_nothing_of_the_kind(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    deliver(post(world, about, 1), to, state="sent", due=None)
    [close] = deliver(post(world, about, 2, "close"), to)
    with sending():
        wait_for_state(close, "sent")

    assert "late_seconds" not in peer.arrivals[0].json["data"]


def test_a_close_goes_to_those_who_may_have_got_the_signal(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    past = timezone.now() - timedelta(seconds=1)
    [new] = deliver(post(world, about, 1, valid_until=past), to, maybe_received=True)
    [close] = deliver(post(world, about, 2, "close"), to)
    with sending():
        wait_for_state(close, "sent")

    assert fresh(new).state == "superseded"


@pytest.mark.parametrize(("left", "state"), [(3600, "sent"), (-1, "stale")])
def test_an_update_for_somebody_without_the_signal_is_sent_while_one_can_still_enter(
    world: World, peer: Peer, to: Destination, about: Signal, left: int, state: str
) -> None:
    ends = timezone.now() + timedelta(seconds=left)
    [update] = deliver(post(world, about, 2, "update", valid_until=ends), to)
    with sending():
        wait_for_state(update, state)


def test_a_new_signal_whose_retry_would_come_too_late_is_missed_at_once(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    peer.say("/hook", plain(500))
    ends = timezone.now() + timedelta(seconds=3)
    [new] = deliver(post(world, about, 1, valid_until=ends), to)
    with sending():
        missed = wait_for_state(new, "stale")

    assert "It answered 500." in missed.reason
    assert missed.attempts == 1


def test_looking_at_the_order_costs_nothing_for_first_revisions_and_two_looks_for_others(
    world: World, peer: Peer
) -> None:
    people = [destination(world, peer, f"/{number}") for number in range(20)]
    about = signal(world)
    deliver(post(world, about, 1), *people)
    first = load(claim(Delivery, 100), Posts())
    with CaptureQueriesContext(connection) as queries:
        order(first)
    assert (len(queries), first.verdicts) == (0, {})

    Delivery.objects.update(state="sent", due=None, leased_until=None)
    deliver(post(world, about, 2, "update"), *people)
    second = load(claim(Delivery, 100), Posts())
    with CaptureQueriesContext(connection) as queries:
        order(second)
    assert (len(queries), second.verdicts) == (2, {})
