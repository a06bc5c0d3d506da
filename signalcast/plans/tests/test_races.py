"""Fifty at once: one current subscription, and no coupon used more often than it may be."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from signalcast.accounts.models import User
from signalcast.feeds.models import Feed
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.models import Coupon, Redemption, Subscription
from signalcast.plans.reactivate import reactivate
from signalcast.plans.renew import renew
from signalcast.plans.states import CURRENT, Refused, SubscriptionState
from signalcast.plans.subscribe import subscribe
from signalcast.plans.tests.test_states import make_plans

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

MANY = 50
#: At the same time: more only wait for each other.
THREADS = 10


def at_once(acts: list[Callable[[], Any]]) -> list[str]:
    """Do all, ten at a time. Returns what was refused, in words; anything else fails."""
    refused: list[str] = []
    failed: list[BaseException] = []
    waiting = iter(acts)
    lock = threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    act = next(waiting, None)
                if act is None:
                    return
                try:
                    act()
                except Refused as said:
                    refused.append(str(said))
        except BaseException as error:  # whatever it is, it is told
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return refused


def test_fifty_checkouts_of_one_person_are_one_subscription() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    user = User.objects.create_user("alice@example.org")

    chosen = [plans["silver"], plans["year"]]
    at_once([partial(subscribe, user, chosen[at % 2], by=user.email) for at in range(MANY)])

    [one] = Subscription.objects.filter(state__in=CURRENT)
    assert one.state == SubscriptionState.PENDING
    assert one.current_key == f"{user.pk}:signals"
    others = Subscription.objects.exclude(pk=one.pk)
    assert set(others.values_list("state", "current_key")) <= {(SubscriptionState.CANCELLED, None)}


def test_fifty_checkouts_of_one_plan_come_out_as_the_same() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    user = User.objects.create_user("alice@example.org")

    refused = at_once([lambda: subscribe(user, plans["silver"], by=user.email)] * MANY)

    assert refused == []
    assert Subscription.objects.count() == 1


def test_whatever_fifty_do_to_one_subscription_one_is_current_and_its_history_is_a_chain() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    user = User.objects.create_user("alice@example.org")
    one = renew(subscribe(user, plans["silver"], by=user.email), by="payments")
    acts: list[Callable[[], Any]] = [
        lambda: change_plan(one, plans["gold"], by=user.email, paid=10_000),
        lambda: change_plan(one, plans["silver"], by=user.email),
        lambda: cancel(one, by=user.email),
        lambda: reactivate(one, by=user.email),
        lambda: subscribe(user, plans["gold"], by=user.email),
    ]

    at_once(acts * (MANY // len(acts)))

    assert Subscription.objects.filter(state__in=CURRENT).count() == 1
    changes = one.changes.order_by("pk").values_list("from_state", "to_state")
    assert all(earlier[1] == later[0] for earlier, later in pairwise(changes))


def test_a_coupon_is_used_by_as_many_as_it_may_be() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    coupon = Coupon.objects.create(code="HALF", percent=50, max_redemptions=7)
    people = [User.objects.create_user(f"p{at}@example.org") for at in range(20)]

    refused = at_once(
        [partial(subscribe, one, plans["silver"], by=one.email, code="half") for one in people]
    )

    coupon.refresh_from_db()
    assert coupon.redeemed == Redemption.objects.count() == 7
    assert refused == ["The coupon is used up. Leave it out."] * 13
    assert set(Subscription.objects.values_list("amount_due", flat=True)) == {1_450}


def test_a_person_uses_a_coupon_once_however_often_at_once() -> None:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    plans = list(make_plans(feed).values())
    for at, plan in enumerate(plans):
        plan.family = f"family-{at}"
        plan.save()
    Coupon.objects.create(code="HALF", percent=50)
    user = User.objects.create_user("alice@example.org")

    at_once([partial(subscribe, user, one, by=user.email, code="HALF") for one in plans * 5])

    assert Redemption.objects.count() == 1
