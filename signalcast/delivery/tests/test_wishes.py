"""What receivers want: feeds turned off, and quiet hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.channels.choose_feeds import choose_feeds
from signalcast.channels.models import Destination, QuietHours
from signalcast.channels.quiet import QuietRule
from signalcast.channels.set_quiet_hours import set_quiet_hours
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import load
from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import Posts
from signalcast.delivery.reconsider import reconsider
from signalcast.delivery.screen import screen
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    fresh,
    hurry,
    post,
    sending,
    signal,
    wait_for_state,
)
from signalcast.delivery.tests.wishing import (
    in_order,
    made,
    places,
    quiet_now,
    reader,
    turn_off,
)
from signalcast.delivery.tests.world import World
from signalcast.signals.models import Signal
from signalcast.work.claim import claim

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


# ------------------------------------------------------------------------------ feeds turned off


def test_a_feed_that_was_turned_off_sends_nothing_there_and_all_elsewhere(
    world: World, to: Destination, second: Destination, about: Signal
) -> None:
    turn_off(to, world)
    rows = made(post(world, about))

    assert to.pk not in rows
    assert {second.pk, world.alice.pk} <= rows.keys()
    assert to.pk not in made(post(world, kind="new"))


def test_what_waited_when_its_feed_was_turned_off_is_given_up_with_the_reason(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    row = made(post(world, about))[to.pk]
    turn_off(to, world)
    with sending():
        given_up = wait_for_state(row, "discarded")

    assert given_up.reason == "Its feed was turned off for this destination."
    assert peer.at("/hook") == []


def test_who_turns_a_feed_off_is_not_left_alone_with_a_signal(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    deliver(post(world, about), to, state="sent", due=None)
    turn_off(to, world)
    with sending():
        wait_for_state(made(post(world, about, 2, "update"))[to.pk], "sent")
        wait_for_state(made(post(world, about, 3, "close"))[to.pk], "sent")

    assert places(peer) == [("/hook", 2), ("/hook", 3)]


def test_who_turned_a_feed_off_before_hears_nothing_of_how_it_goes_on(
    world: World, to: Destination, about: Signal
) -> None:
    turn_off(to, world)
    made(post(world, about))

    assert to.pk not in made(post(world, about, 2, "close"))


def test_nobody_turns_off_what_is_somebody_elses(world: World, to: Destination) -> None:
    pair = (world.alice.pk, world.feed.pk)
    choose_feeds(reader(to), [pair], [])

    assert world.alice.pk in made(post(world))


# ----------------------------------------------------------------------------------- quiet hours


def test_in_quiet_hours_a_signal_is_held_and_then_sent(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    quiet_now(to)
    row = made(post(world, about))[to.pk]
    with sending():
        held = wait_for_state(row, "held")
        assert held.due is not None
        assert timedelta(hours=1, minutes=58) < held.due - timezone.now() < timedelta(hours=2)
        assert (held.reason, peer.at("/hook")) == ("Held for the quiet hours.", [])

        set_quiet_hours(reader(to), None)
        hurry()
        assert wait_for_state(row, "sent").reason == ""


@pytest.mark.wide
def test_what_is_over_before_the_quiet_hours_are_is_missed_and_so_is_its_close(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    quiet_now(to)
    ends = timezone.now() + timedelta(seconds=2)
    row = made(post(world, about, valid_until=ends))[to.pk]
    with sending():
        missed = wait_for_state(row, "stale")
        closing = wait_for_state(made(post(world, about, 2, "close"))[to.pk], "stale")

    assert missed.reason == "It was held, and was over before it could be sent."
    assert closing.reason == "It never got the signal."
    assert peer.at("/hook") == []


def test_of_revisions_that_come_in_quiet_hours_only_the_newest_is_sent(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    quiet_now(to)
    with sending():
        first = wait_for_state(made(post(world, about))[to.pk], "held")
        # Nobody has the signal, so that this tells of a new one too.
        second = wait_for_state(made(post(world, about, 2, "update"))[to.pk], "held")
        assert fresh(first).state == "superseded"
        set_quiet_hours(reader(to), None)
        hurry()
        wait_for_state(second, "sent")

    assert [one for one in places(peer) if one[0] == "/hook"] == [("/hook", 2)]


@pytest.mark.parametrize(("passes", "state"), [("rest", "sent"), ("nothing", "held")])
def test_the_rest_of_a_signal_passes_quiet_hours_where_that_is_wanted(
    world: World, peer: Peer, to: Destination, about: Signal, passes: str, state: str
) -> None:
    deliver(post(world, about), to, state="sent", due=None)
    quiet_now(to, passes=passes)
    with sending():
        wait_for_state(made(post(world, about, 2, "close"))[to.pk], state)


def test_programs_do_not_sleep_unless_they_are_told_to(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    now = timezone.now()
    rule = QuietRule("UTC", (now.hour - 2) % 24 * 60, (now.hour + 2) % 24 * 60)
    set_quiet_hours(reader(to), rule)
    with sending():
        wait_for_state(made(post(world, about))[to.pk], "sent")


def test_who_moves_to_another_zone_gets_what_was_held_when_it_is_day_there(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    quiet_now(to)
    row = made(post(world, about))[to.pk]
    with sending():
        wait_for_state(row, "held")
        rule = QuietHours.objects.get()
        # Eight hours further east it is not quiet at this moment.
        moved = QuietRule("Asia/Singapore", rule.begins, rule.ends)
        set_quiet_hours(reader(to), moved, applies={to.pk: True})
        assert reconsider(reader(to)) == 1
        wait_for_state(row, "sent")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/Kyiv-was-renamed"])
def test_a_zone_that_is_gone_holds_nothing_and_breaks_nothing(
    world: World, peer: Peer, to: Destination, about: Signal, zone: str
) -> None:
    quiet_now(to)
    QuietHours.objects.update(zone=zone)
    with sending():
        wait_for_state(made(post(world, about))[to.pk], "sent")


def test_a_rule_that_changed_meanwhile_holds_what_is_due_once_more(
    world: World, peer: Peer, to: Destination, about: Signal
) -> None:
    quiet_now(to)
    row = made(post(world, about))[to.pk]
    with sending():
        first = wait_for_state(row, "held")
        QuietHours.objects.update(ends=(QuietHours.objects.get().ends + 60) % 1_440)
        hurry()
        again = wait_for_state(row, "held")
        assert first.due is not None
        while again.due is not None and again.due <= first.due:
            again = wait_for_state(row, "held")

    assert peer.at("/hook") == []


# ------------------------------------------------------------------------------ what it all costs


def test_wishes_cost_nothing_where_nobody_has_any_and_the_same_for_one_and_for_many(
    world: World, peer: Peer
) -> None:
    people = [destination(world, peer, f"/{number}") for number in range(12)]
    costs = []
    for count in (0, 1, 12):
        for one in people[:count]:
            other, _new = Destination.objects.get_or_create(
                owner=one.owner, kind="webhook", address=one.address + "x"
            )
            in_order(other, one)
            quiet_now(one)
            turn_off(other, world)
        deliver(post(world, signal(world)), *people)
        batch = load(claim(Delivery, 100), Posts())
        with CaptureQueriesContext(connection) as queries:
            screen(batch, Limiter())
        assert len(batch.verdicts) == count
        costs.append(len(queries))
        Delivery.objects.all().delete()

    assert costs == [0, 4, 4]
