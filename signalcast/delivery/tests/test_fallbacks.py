"""Lists of destinations: each place is for what did not arrive before it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from signalcast.channels.models import Destination
from signalcast.channels.set_quiet_hours import set_quiet_hours
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.core.clock import from_now
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import load
from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import Posts
from signalcast.delivery.reconsider import reconsider
from signalcast.delivery.screen import screen
from signalcast.delivery.tests.outbox import (
    deliver,
    fresh,
    hurry,
    post,
    sending,
    wait_for_state,
)
from signalcast.delivery.tests.wishing import (
    in_order,
    made,
    places,
    quiet_now,
    reader,
)
from signalcast.delivery.tests.world import World
from signalcast.signals.models import Signal
from signalcast.work.claim import claim

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def until_due(row: Delivery) -> float:
    due = fresh(row).due
    assert due is not None
    return (due - timezone.now()).total_seconds()


def test_what_arrives_at_the_first_place_is_not_sent_by_the_second(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    rows = made(post(world, about))
    with sending():
        wait_for_state(rows[to.pk], "sent")
        wait_for_state(rows[second.pk], "held")
        assert 50 < until_due(rows[second.pk]) <= 62
        hurry()
        unneeded = wait_for_state(rows[second.pk], "discarded")

    assert unneeded.reason == "It arrived by webhook."
    assert places(peer) == [("/hook", 1)]


def test_what_did_not_arrive_in_time_is_sent_by_the_second(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    peer.say("/hook", plain(500))
    in_order(to, second)
    rows = made(post(world, about))
    with sending():
        wait_for_state(rows[to.pk], "retrying")
        held = wait_for_state(rows[second.pk], "held")
        # A minute later.
        Delivery.objects.filter(pk=held.pk).update(created_at=from_now(-61), due=Now())
        wait_for_state(rows[second.pk], "sent")

    assert places(peer) == [("/hook", 1), ("/second", 1)]


@pytest.mark.parametrize("status", [410, 0])
def test_the_second_does_not_wait_for_what_will_never_arrive(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal, status: int
) -> None:
    """Either the first is refused by its receiver, or it is disabled at all."""
    in_order(to, second, after=3_600)
    if status:
        peer.say("/hook", plain(status))
        rows = made(post(world, about))
    else:
        Destination.objects.filter(pk=to.pk).update(state="disabled")
        rows = made(post(world, about))
        assert to.pk not in rows
    with sending():
        wait_for_state(rows[second.pk], "sent")


def test_a_first_place_that_is_fanned_out_later_is_waited_for(
    world: World, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(second, to)
    new = post(world, about)
    [row] = deliver(new, to)
    batch = load(claim(Delivery, 10), Posts())
    screen(batch, Limiter())

    assert batch.verdicts[row.pk].state == "held"
    assert (batch.verdicts[row.pk].after or 9) <= 1


def test_a_third_place_waits_for_both(
    world: World, peer: Peer, to: Destination, second: Destination, third: Destination,
    about: Signal
) -> None:  # fmt: skip
    peer.say("/hook", plain(500))
    peer.say("/second", plain(410))
    in_order(to, second, third)
    rows = made(post(world, about))
    with sending():
        wait_for_state(rows[third.pk], "held")
        assert 100 < until_due(rows[third.pk]) <= 122
        wait_for_state(rows[second.pk], "held")
        Delivery.objects.filter(pk=rows[second.pk].pk).update(created_at=from_now(-61), due=Now())
        wait_for_state(rows[second.pk], "discarded")
        # The first has its own minutes still: it is only retrying.
        wait_for_state(rows[third.pk], "held")
        Delivery.objects.filter(pk=rows[to.pk].pk).update(state="discarded", due=None)
        Delivery.objects.filter(pk=rows[third.pk].pk).update(due=Now())
        wait_for_state(rows[third.pk], "sent")


def test_who_got_a_signal_by_the_second_gets_its_close_there_too(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    new = post(world, about)
    deliver(new, to, state="discarded", due=None)
    deliver(new, second, state="sent", due=None)
    rows = made(post(world, about, 2, "close"))
    with sending():
        wait_for_state(rows[second.pk], "sent")
        unsaid = wait_for_state(rows[to.pk], "stale")

    assert unsaid.reason == "It never got the signal."
    assert places(peer) == [("/second", 2)]


def test_a_close_that_does_not_arrive_where_its_signal_did_is_sent_by_the_second(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    new = post(world, about)
    deliver(new, to, state="sent", due=None)
    deliver(new, second, state="discarded", due=None)
    peer.say("/hook", plain(410))
    rows = made(post(world, about, 2, "close"))
    with sending():
        wait_for_state(rows[second.pk], "sent")

    assert fresh(rows[to.pk]).state == "discarded"
    assert places(peer) == [("/hook", 2), ("/second", 2)]


def test_a_close_of_what_nobody_got_is_sent_by_no_place(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    deliver(post(world, about), to, second, state="stale", due=None)
    rows = made(post(world, about, 2, "close"))
    with sending():
        wait_for_state(rows[to.pk], "stale")
        wait_for_state(rows[second.pk], "stale")

    assert peer.arrivals == []


def test_the_second_gives_way_to_a_newer_revision_while_it_waits(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    rows = made(post(world, about))
    with sending():
        wait_for_state(rows[to.pk], "sent")
        wait_for_state(rows[second.pk], "held")
        later = made(post(world, about, 2, "close"))
        wait_for_state(later[to.pk], "sent")
        wait_for_state(later[second.pk], "held")
        assert fresh(rows[second.pk]).state == "superseded"
        hurry()
        wait_for_state(later[second.pk], "discarded")

    assert places(peer) == [("/hook", 1), ("/hook", 2)]


def test_the_second_steps_in_for_a_first_that_fails_not_for_one_that_is_quiet(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    quiet_now(to)
    rows = made(post(world, about))
    with sending():
        first = wait_for_state(rows[to.pk], "held")
        hurry_one = Delivery.objects.filter(pk=rows[second.pk].pk)
        wait_for_state(rows[second.pk], "held")
        hurry_one.update(created_at=from_now(-61), due=Now())
        waits = wait_for_state(rows[second.pk], "held")
        while waits.due is None or waits.due < timezone.now() + timedelta(minutes=5):
            waits = wait_for_state(rows[second.pk], "held")

    assert first.due is not None
    assert timedelta(seconds=58) < waits.due - first.due < timedelta(seconds=63)
    assert places(peer) == []


def test_once_quiet_hours_are_given_up_the_first_sends_what_both_were_held(
    world: World, peer: Peer, to: Destination, second: Destination, about: Signal
) -> None:
    in_order(to, second)
    quiet_now(to, second)
    rows = made(post(world, about))
    Delivery.objects.filter(post__signal=about).update(created_at=from_now(-3_600))
    with sending():
        wait_for_state(rows[to.pk], "held")
        wait_for_state(rows[second.pk], "held")
        set_quiet_hours(reader(to), None)
        assert reconsider(reader(to)) == 2
        wait_for_state(rows[to.pk], "sent")
        unneeded = wait_for_state(rows[second.pk], "discarded")

    assert unneeded.reason == "It arrived by webhook."
    assert places(peer) == [("/hook", 1)]
