"""An announcement to a segment reaches who is in it, at fan-out and at send, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.channels.models import Broadcast, Destination
from signalcast.core.clock import from_now
from signalcast.delivery.announce import announce, fan_out_announcement
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import load
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.posts import Posts
from signalcast.delivery.screen import screen
from signalcast.delivery.segment import Segment, Who, people_in, read_segment
from signalcast.delivery.tests.world import World, chunks, make_plan, make_world, subscribe
from signalcast.pipeline import Queue
from signalcast.plans.models import Subscription
from signalcast.plans.states import SubscriptionState
from signalcast.plans.subscribe import subscribe as choose
from signalcast.portal.access import visible_deliveries
from signalcast.work.claim import claim
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

State = SubscriptionState


@pytest.fixture
def world() -> World:
    return make_world()


def made(segment: Segment, key: str = "one") -> Post:
    by = User.objects.get_or_create(email="olga@example.org")[0]
    return announce(to=segment, title="Hello", text="To some.", by=by, key=key)


def reached(segment: Segment) -> set[str]:
    """Who gets it, by the first words of their addresses."""
    post = made(segment, key=str(Post.objects.count()))
    run_jobs()
    rows = Delivery.objects.filter(post=post).values_list("destination__owner__email", flat=True)
    return {email.partition("@")[0] for email in rows}


def stands(name: str, **values: object) -> None:
    assert Subscription.objects.filter(user__email=f"{name}@example.org").update(**values) == 1


def ended(name: str, days: int) -> None:
    at = timezone.now() - timedelta(days=days)
    stands(name, state=State.EXPIRED, ends_at=at, current_key=None)


def test_each_segment_has_its_people(world: World) -> None:
    for name in ("trying", "late", "grace", "gone", "left"):
        subscribe(world.plan, name)
    stands("trying", state=State.TRIALING)
    stands("late", state=State.PAST_DUE)
    stands("grace", state=State.GRACE)
    ended("gone", 10)
    ended("left", 100)
    # Asked for and never paid: it did not begin, so it did not end.
    never = subscribe(make_plan("other", world.feed), "never").owner
    assert never
    stands("never", state=State.CANCELLED, ends_at=from_now(-5), amount_due=100)

    current = {"alice", "bob", "trying", "late", "grace"}
    assert reached(Segment(Who.CURRENT)) == current
    assert reached(Segment(Who.CURRENT, plans=(world.plan.pk,))) == current - {"bob"}
    assert reached(Segment(Who.TRIALING)) == {"trying"}
    assert reached(Segment(Who.PAST_DUE)) == {"late"}
    assert reached(Segment(Who.GRACE)) == {"grace"}
    assert reached(Segment(Who.ENDED)) == {"gone", "left"}
    month = timezone.now() - timedelta(days=30)
    assert reached(Segment(Who.ENDED, ended_after=month)) == {"gone"}
    assert people_in(Segment(Who.ENDED, ended_after=month)).count() == 1


def test_whoever_has_come_back_has_not_ended(world: World) -> None:
    ended("alice", 3)
    assert reached(Segment(Who.ENDED)) == {"alice"}
    alice = User.objects.get(email="alice@example.org")
    Subscription.objects.create(
        user=alice, plan=make_plan("back", world.feed), starts_at=timezone.now()
    )
    assert reached(Segment(Who.ENDED)) == set()


def test_it_goes_by_the_channel_that_is_asked_for_to_what_is_connected(world: World) -> None:
    alice = world.alice.owner
    mail = Destination.objects.create(owner=alice, kind="email", address="alice@example.org")
    Destination.objects.create(
        owner=alice, kind="email", address="old@example.org", state=Destination.State.DISABLED
    )
    channel = Destination.objects.create(kind="email", address="all@example.org")
    Broadcast.objects.create(feed=world.feed, destination=channel)
    User.objects.filter(email="bob@example.org").update(is_active=False)

    post = made(Segment(Who.CURRENT, kind="email"))
    run_jobs()

    row = Delivery.objects.get(post=post)
    assert (row.destination, row.queue) == (mail, Queue.NOTIFICATIONS)
    post.refresh_from_db()
    assert (post.feed_id, post.recipients) == (None, 1)
    assert "segment" not in post.data


def test_who_leaves_the_segment_before_it_is_sent_gets_nothing(world: World) -> None:
    stands("alice", state=State.PAST_DUE)
    stands("bob", state=State.PAST_DUE)
    post = made(Segment(Who.PAST_DUE))
    run_jobs()
    assert Delivery.objects.filter(post=post).count() == 2
    stands("alice", state=State.ACTIVE)

    batch = load(claim(Delivery, 10), Posts())
    screen(batch, Limiter())
    reasons = {batch.rows[pk].destination: verdict.reason for pk, verdict in batch.verdicts.items()}
    assert reasons == {world.alice.pk: "Its owner is no longer among those whom it is for."}
    assert [row.destination for row in batch.undecided()] == [world.bob.pk]


def test_signals_ask_nothing_more_at_send_and_segments_once_a_post(world: World) -> None:
    def statements() -> int:
        batch = load(claim(Delivery, 10), Posts())
        with CaptureQueriesContext(connection) as queries:
            screen(batch, Limiter())
        Delivery.objects.all().delete()
        return len(queries)

    fan_out(Post.objects.create(feed=world.feed, type="announcement.published", data={}))
    few = statements()
    made(Segment(Who.CURRENT))
    run_jobs()
    assert statements() == few + 1


def test_many_are_reached_by_as_many_statements_as_few(world: World) -> None:
    def statements() -> int:
        post = made(Segment(Who.CURRENT), key=str(Post.objects.count()))
        with CaptureQueriesContext(connection) as queries:
            fan_out_announcement(post.pk)
        return len(queries)

    few = statements()
    for number in range(6):
        subscribe(world.plan, f"more{number}")
    assert statements() == few


def test_a_fan_out_that_was_cut_off_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        subscribe(world.plan, f"s{number}")
    chunks(monkeypatch, 2, 2)
    post = made(Segment(Who.CURRENT))
    assert not fan_out(post)
    assert Delivery.objects.count() == 2
    fan_out_announcement(post.pk)
    fan_out_announcement(post.pk)
    assert Delivery.objects.count() == 7


def test_only_who_got_it_sees_its_delivery(world: World) -> None:
    post = made(Segment(Who.CURRENT))
    run_jobs()
    alice = world.alice.owner
    assert alice
    assert not visible_deliveries(alice).exists()
    Delivery.objects.filter(post=post).update(state="sent", due=None)
    assert [row.destination for row in visible_deliveries(alice)] == [world.alice]


def test_no_pending_choice_is_a_current_one(world: World) -> None:
    nora = User.objects.create_user("nora@example.org")
    choose(nora, world.plan, by=nora.email)
    assert nora not in people_in(Segment(Who.CURRENT))


def test_what_is_stored_reads_as_it_was() -> None:
    segment = Segment(Who.ENDED, (1, 2), timezone.now(), "email")
    assert read_segment(segment.stored) == segment
