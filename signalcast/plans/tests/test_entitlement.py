"""Who may read a feed: those whose plan has it, now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signalcast.accounts.models import RoleGrant, User
from signalcast.channels.models import Destination
from signalcast.feeds.models import Feed
from signalcast.plans.entitlement import entitled_destinations, readable_feeds
from signalcast.plans.models import Plan, PlanChannel, Subscription

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.fixture
def feed() -> Feed:
    return Feed.objects.create(slug="crypto", name="Crypto")


@pytest.fixture
def plan(feed: Feed) -> Plan:
    plan = Plan.objects.create(slug="gold", name="Gold", price=1, currency="USD", interval="month")
    plan.feeds.add(feed)
    PlanChannel.objects.create(plan=plan, kind="webhook")
    return plan


def subscriber(plan: Plan, name: str = "alice", **changes: Any) -> Destination:
    user = User.objects.create_user(f"{name}@example.org")
    fields: dict[str, Any] = {"starts_at": timezone.now() - timedelta(days=1)} | changes
    Subscription.objects.create(user=user, plan=plan, **fields)
    return Destination.objects.create(owner=user, kind="webhook", address=f"https://{name}.test/")


def gets(feed: Feed, destination: Destination) -> bool:
    return entitled_destinations(feed.pk).filter(pk=destination.pk).exists()


def test_a_subscriber_of_a_plan_with_the_feed_gets_it(feed: Feed, plan: Plan) -> None:
    alice = subscriber(plan)

    assert gets(feed, alice)
    assert alice.owner is not None
    assert list(readable_feeds(alice.owner)) == [feed]


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": timezone.now() - timedelta(seconds=1)},
        {"starts_at": timezone.now() + timedelta(hours=1)},
        {"state": Subscription.State.CANCELLED},
    ],
    ids=["ended", "not begun", "cancelled"],
)
def test_a_subscription_that_does_not_count_now_gives_nothing(
    feed: Feed, plan: Plan, changes: dict[str, Any]
) -> None:
    alice = subscriber(plan, **changes)

    assert not gets(feed, alice)
    assert alice.owner is not None
    assert not readable_feeds(alice.owner).exists()


def test_a_plan_without_the_channel_or_the_feed_gives_nothing(feed: Feed, plan: Plan) -> None:
    alice = subscriber(plan)
    Destination.objects.filter(pk=alice.pk).update(kind="email")
    other = Feed.objects.create(slug="forex", name="Forex")

    assert not gets(feed, alice)
    assert not gets(other, alice)


def test_two_plans_with_the_feed_reach_a_destination_once(feed: Feed, plan: Plan) -> None:
    alice = subscriber(plan)
    assert alice.owner is not None
    second = Plan.objects.create(slug="all", name="All", price=1, currency="USD", interval="year")
    second.feeds.add(feed)
    PlanChannel.objects.create(plan=second, kind="webhook")
    Subscription.objects.create(
        user=alice.owner, plan=second, starts_at=timezone.now() - timedelta(seconds=1)
    )

    assert entitled_destinations(feed.pk).count() == 1


def test_a_person_that_was_switched_off_gets_nothing(feed: Feed, plan: Plan) -> None:
    alice = subscriber(plan)
    User.objects.update(is_active=False)

    assert not gets(feed, alice)


def test_a_disabled_destination_gets_nothing(feed: Feed, plan: Plan) -> None:
    alice = subscriber(plan)
    Destination.objects.update(state=Destination.State.DISABLED)

    assert not gets(feed, alice)


def test_staff_read_every_feed(feed: Feed) -> None:
    olga = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=olga, role="owner")

    assert list(readable_feeds(olga)) == [feed]
