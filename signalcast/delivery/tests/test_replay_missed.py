"""A destination that was disabled gets what it missed, as far as that is worth anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from signalcast.channels.ignore_missed import ignore_missed
from signalcast.channels.models import Destination
from signalcast.channels.pause import pause
from signalcast.channels.resume import resume
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.core.clock import from_now
from signalcast.delivery.models import Delivery
from signalcast.delivery.replay_missed import Replayed, replay_missed
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    fresh,
    post,
    sending,
    signal,
    wait_for_state,
)
from signalcast.delivery.tests.wishing import made, places, turn_off
from signalcast.delivery.tests.world import World
from signalcast.plans.models import Subscription
from signalcast.signals.models import Signal

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NOTHING = Replayed(0, False)


def at(to: Destination, about: Signal) -> Delivery:
    """The newest delivery of a signal there."""
    return Delivery.objects.filter(destination=to, signal=about).latest("number")


def test_what_was_posted_meanwhile_is_sent_once_and_only_in_its_newest_form(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    pause(to)
    made(post(world, about))
    made(post(world, about, 2, "update"))
    made(post(world, kind="new"))
    assert not Delivery.objects.filter(destination=to).exists()
    resume(to)

    assert replay_missed(to) == Replayed(2, False)
    assert replay_missed(to) == NOTHING
    with sending():
        wait_for_state(at(to, about), "sent")
        wait_for_state(Delivery.objects.get(destination=to, signal=None), "sent")

    assert sorted(number for path, number in places(peer) if path == "/hook") == [1, 2]
    assert set(Delivery.objects.filter(destination=to).values_list("queue", flat=True)) == {1}


def test_what_waited_when_it_was_disabled_is_tried_again(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    row = made(post(world, about))[to.pk]
    pause(to)
    with sending():
        wait_for_state(row, "discarded")
        resume(to)
        assert replay_missed(to) == Replayed(1, False)
        wait_for_state(row, "sent")

    assert fresh(row).reason == ""


def test_a_receiver_that_said_never_again_gets_even_that_once_it_is_back(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    peer.say("/hook", plain(410), plain(200))
    row = made(post(world, about))[to.pk]
    with sending():
        wait_for_state(row, "discarded")
        to.refresh_from_db()
        assert (to.state, to.missed_since is None) == ("disabled", False)
        resume(to)
        assert replay_missed(to).messages == 1
        wait_for_state(row, "sent")


def test_what_is_over_is_listed_as_missed_and_a_close_comes_where_its_signal_did(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    over, unknown = signal(world), signal(world)
    deliver(post(world, about), to, state="sent", due=None)
    pause(to)
    past = timezone.now() - timedelta(seconds=1)
    made(post(world, over, valid_until=past))
    made(post(world, unknown, 2, "close"))
    made(post(world, about, 2, "close"))
    resume(to)

    assert replay_missed(to) == Replayed(3, False)
    with sending():
        wait_for_state(at(to, about), "sent")
        wait_for_state(at(to, over), "stale")
        wait_for_state(at(to, unknown), "stale")
    assert [one for one in places(peer) if one[0] == "/hook"] == [("/hook", 2)]


def test_nobody_gets_what_is_not_theirs_or_not_wanted(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    other = destination(world, peer, "/other")
    for one in (to, other):
        pause(one)
    made(post(world, about))
    for one in (to, other):
        resume(one)
    Subscription.objects.filter(user=to.owner).update(ends_at=from_now(0))
    turn_off(other, world)

    assert (replay_missed(to), replay_missed(other)) == (NOTHING, NOTHING)


def test_there_is_nothing_to_replay_where_nothing_was_missed(
    world: World, to: Destination, about: Signal
) -> None:
    made(post(world, about))
    assert replay_missed(to) == NOTHING
    pause(to)
    assert replay_missed(to) == NOTHING
    resume(to)
    ignore_missed(to)
    assert replay_missed(to) == NOTHING


def test_disabled_once_more_it_still_has_what_it_missed_before(
    world: World, to: Destination, about: Signal
) -> None:
    pause(to)
    made(post(world, about))
    resume(to)
    made(post(world, signal(world)))
    pause(to)
    made(post(world, signal(world)))
    resume(to)

    # What came in between has waited there all the time.
    assert replay_missed(to) == Replayed(2, False)


def test_what_is_being_fanned_out_is_left_to_that(
    world: World, to: Destination, about: Signal
) -> None:
    pause(to)
    new = post(world, about)
    resume(to)

    assert replay_missed(to) == NOTHING
    assert to.pk in made(new)


def test_a_lot_is_cut_to_the_newest_and_what_is_awaited_comes_first(
    world: World, to: Destination, about: Signal
) -> None:
    deliver(post(world, about), to, state="sent", due=None)
    pause(to)
    made(post(world, about, 2, "close"))
    signals = [signal(world) for _ in range(4)]
    for one in signals:
        made(post(world, one))
    resume(to)

    assert replay_missed(to, most=3) == Replayed(3, True)
    rows = Delivery.objects.filter(destination=to, state="due")
    assert set(rows.values_list("signal", flat=True)) == {
        about.pk,
        *(one.pk for one in signals[2:]),
    }
