"""A right begins and ends to the second, at fan-out, at send and at reading, also of fan-outs that
are under way."""

from __future__ import annotations

import pytest

from signalcast.accounts.models import User
from signalcast.core.clock import from_now
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.load import load
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.posts import Posts
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, chunks, make_world, subscribe
from signalcast.plans.cancel import cancel
from signalcast.plans.entitlement import feeds_through, readable_feeds
from signalcast.plans.models import Subscription
from signalcast.plans.reactivate import reactivate
from signalcast.plans.states import ENTITLING, SubscriptionState
from signalcast.work.claim import claim

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NEW = {"id": "tv-1", "symbol": "BTCUSDT", "side": "buy", "order_type": "market"}


@pytest.fixture
def world() -> World:
    return make_world()


def owner(world: World) -> User:
    assert world.alice.owner is not None
    return world.alice.owner


def rights(world: World) -> set[str]:
    """Where Alice has the right to the feed at this moment."""
    found = set()
    alice = owner(world)
    if readable_feeds(alice).exists():
        found.add("read")
    if feeds_through("webhook", [alice.pk]):
        found.add("live")
    Delivery.objects.all().delete()
    post = Post.objects.create(feed=world.feed, type="announcement", data={})
    fan_out(post)
    if Delivery.objects.exists():
        found.add("fan-out")
    else:
        Delivery.objects.create(post=post, destination=world.alice)
    batch = load(claim(Delivery, 10), Posts())
    if any(row.is_entitled for row in batch.rows.values()):
        found.add("send")
    return found


EVERYWHERE = {"read", "live", "fan-out", "send"}


@pytest.mark.parametrize("state", SubscriptionState)
def test_states_entitle_everywhere_or_nowhere(world: World, state: SubscriptionState) -> None:
    Subscription.objects.filter(user=owner(world)).update(state=state)

    assert rights(world) == (EVERYWHERE if state in ENTITLING else set())


@pytest.mark.parametrize("state", ENTITLING)
def test_the_moment_of_the_end_is_the_first_without_a_right(
    world: World, state: SubscriptionState
) -> None:
    mine = Subscription.objects.filter(user=owner(world))
    mine.update(state=state, ends_at=from_now(60))
    assert rights(world) == EVERYWHERE

    # No job has run: the state still says that it lasts.
    mine.update(ends_at=from_now(0))
    assert rights(world) == set()


def test_nothing_published_after_the_end_reaches_anybody(world: World) -> None:
    Subscription.objects.filter(user=owner(world)).update(ends_at=from_now(0))
    world.receive(NEW)
    publish()

    assert Post.objects.exists()
    assert not Delivery.objects.exists()


def test_a_fan_out_under_way_follows_what_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks(monkeypatch, 2, 2)
    others = [subscribe(world.plan, f"more-{number}") for number in range(5)]
    mine = {one.user_id: one for one in Subscription.objects.filter(plan=world.plan).order_by("pk")}
    Subscription.objects.filter(plan=world.plan).update(period_end=from_now(3_600))
    loses, gains = mine[others[2].owner_id or 0], mine[others[3].owner_id or 0]
    cancel(gains, by="olga@example.org", at_once=True)
    post = Post.objects.create(feed=world.feed, type="announcement", data={})
    assert not fan_out(post)

    cancel(loses, by="olga@example.org", at_once=True)
    reactivate(gains, by="olga@example.org")
    while not fan_out(post):
        pass

    reached = set(Delivery.objects.values_list("destination", flat=True))
    expected = {world.alice.pk, *(one.pk for one in others)} - {others[2].pk}
    assert reached == expected
