"""Somebody sees what is sold, chooses, changes and cancels, and sees nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.core.env import environment
from signalcast.feeds.models import Feed
from signalcast.plans.change_plan import change_plan
from signalcast.plans.models import Coupon, Plan, PlanChannel, Subscription
from signalcast.plans.renew import renew
from signalcast.plans.states import SubscriptionState
from signalcast.plans.subscribe import subscribe
from signalcast.plans.tests.test_verbs import buy, pass_time
from signalcast.portal.tests.cast import signed_in, text
from signalcast.portal.tests.selling import said, sell

pytestmark = pytest.mark.django_db(transaction=True)

State = SubscriptionState


@pytest.fixture
def plans() -> dict[str, Plan]:
    return sell()


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org")


def test_strangers_see_public_plans_in_order_with_what_they_hold(plans: dict[str, Plan]) -> None:
    Plan.objects.filter(slug="year").update(visibility="hidden")
    Plan.objects.filter(slug="ever").update(visibility="archived")
    page = text(Client(), "/plans/")

    assert page.index("free") < page.index("silver") < page.index("gold")
    assert "29 EUR" in page
    assert "a month" in page
    assert "Crypto majors" in page
    assert "7 days for nothing" in page
    assert "year" not in page
    assert Client().get("/plans/year/").status_code == 200
    assert Client().get("/plans/ever/").status_code == 404
    assert Client().get("/plans/nonsense/").status_code == 404


def test_a_page_without_plans_says_so() -> None:
    assert "Nothing is on sale yet" in text(Client(), "/plans/")


def test_prices_take_as_many_statements_for_many_plans_as_for_few(
    plans: dict[str, Plan], alice: User
) -> None:
    client = signed_in(alice)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(client, "/plans/")
        return len(queries)

    few = statements()
    for number in range(20):
        plan = Plan.objects.create(
            slug=f"p{number}", name=f"P{number}", price=1, currency="EUR", interval="month"
        )
        plan.feeds.add(Feed.objects.get())
        PlanChannel.objects.create(plan=plan, kind="email")
    assert statements() == few


def test_a_plan_that_can_not_be_paid_here_is_asked_for_or_not_offered(
    plans: dict[str, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Not on sale at the moment" in text(Client(), "/plans/silver/")

    monkeypatch.setenv("SIGNALCAST_CONTACT", "desk@example.org")
    environment.cache_clear()
    try:
        assert "mailto:desk@example.org?subject=silver" in text(Client(), "/plans/silver/")
    finally:
        monkeypatch.undo()
        environment.cache_clear()


def test_somebody_signs_in_on_the_way_to_a_trial_and_begins_it(
    plans: dict[str, Plan], alice: User
) -> None:
    assert "/sign-in/?next=/plans/gold/" in text(Client(), "/plans/")
    assert Client().post("/app/choose/gold/").status_code == 302
    assert not Subscription.objects.exists()

    client = signed_in(alice)
    page = said(client, "/app/choose/gold/", {})
    assert "It is yours" in page
    assert "On trial" in page
    assert "79.00 EUR is to be paid until" in page
    assert "Crypto majors" in page
    assert Subscription.objects.get().state == State.TRIALING


def test_a_free_plan_is_begun_by_one_click(plans: dict[str, Plan], alice: User) -> None:
    page = said(signed_in(alice), "/app/choose/free/", {})

    assert "No payment is due, and it has no end." in page


def test_what_is_to_be_paid_is_not_given_for_nothing(plans: dict[str, Plan], alice: User) -> None:
    page = said(signed_in(alice), "/app/choose/silver/", {"price": "0", "amount": "0"})

    assert "can not be paid for here" in page
    assert not Subscription.objects.exists()


def test_a_coupon_that_pays_for_all_needs_no_checkout(plans: dict[str, Plan], alice: User) -> None:
    Coupon.objects.create(code="ALL", percent=100)
    assert "no such coupon" in said(signed_in(alice), "/app/choose/silver/", {"code": "\0no"})

    said(signed_in(alice), "/app/choose/silver/", {"code": "all"})
    assert Subscription.objects.get().state == State.ACTIVE


def test_a_subscriber_cancels_and_thinks_again(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    client = signed_in(alice)
    path = f"/app/subscription/{one.pk}/"
    assert "The next payment is 29.00 EUR on" in text(client, "/app/subscription/")

    page = said(client, path, {"act": "cancel"})
    assert "Ends soon" in page
    assert "You get signals until" in page
    page = said(client, path, {"act": "reactivate"})
    assert "The next payment is" in page
    assert "is not cancelled" in said(client, path, {"act": "reactivate"})
    assert said(client, path, {"act": "nonsense"})


def test_states_are_told_in_words(plans: dict[str, Plan], alice: User) -> None:
    client = signed_in(alice)
    assert "You have no plan" in text(client, "/app/subscription/")
    one = buy(alice, plans["silver"])
    for state, words in (
        (State.PAST_DUE, "A payment failed"),
        (State.GRACE, "A payment is missing"),
        (State.EXPIRED, "Over"),
        (State.CANCELLED, "Was cancelled"),
    ):
        Subscription.objects.filter(pk=one.pk).update(state=state)
        assert words in text(client, "/app/subscription/")


def test_a_time_that_is_over_is_told_before_the_schedule_has_seen_it(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    pass_time(one, timedelta(days=60))

    page = text(signed_in(alice), "/app/subscription/")
    assert "Over" in page
    assert "The next payment" not in page


def test_a_change_shows_what_it_costs_and_when_it_comes(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    client = signed_in(alice)
    path = f"/app/subscription/{one.pk}/alternatives/"
    page = text(client, path)
    assert "Unused time of silver" in page
    assert "To pay now" in page

    assert "Pay that first" in said(client, path, {"plan": "gold"})
    assert "no such plan" in said(client, path, {"plan": "nonsense"})
    page = said(client, path, {"plan": "free"})
    assert "With the next period it becomes free." in page
    said(client, f"/app/subscription/{one.pk}/", {"act": "keep"})
    one.refresh_from_db()
    assert one.next_plan is None


def test_on_trial_any_plan_comes_at_once(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    path = f"/app/subscription/{one.pk}/alternatives/"

    assert "Your plan is silver now." in said(signed_in(alice), path, {"plan": "silver"})


def test_nobody_sees_or_changes_what_is_somebody_elses(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    bob = signed_in(User.objects.create_user("bob@example.org"))

    assert "silver" not in text(bob, "/app/subscription/").replace("All plans", "")
    for path in (f"/app/subscription/{one.pk}/", f"/app/subscription/{one.pk}/alternatives/"):
        assert bob.post(path, {"act": "cancel", "plan": "free"}).status_code == 404
    one.refresh_from_db()
    assert not one.cancel_at_period_end


def test_a_plan_limits_the_destinations_of_a_channel(plans: dict[str, Plan], alice: User) -> None:
    Plan.objects.update(destinations_per_channel=1)
    buy(alice, plans["silver"])
    client = signed_in(alice)
    assert client.get("/app/destinations/add/webhook/").status_code == 200
    Destination.objects.create(owner=alice, kind="webhook", address="https://alice.test/")

    page = client.get("/app/destinations/add/webhook/", follow=True).content.decode()
    assert "has no room" in page
    form = {"address": "https://other.test/"}
    assert "has no room" in said(client, "/app/destinations/add/webhook/", form)
    assert Destination.objects.count() == 1


def test_a_change_that_was_asked_for_is_shown(plans: dict[str, Plan], alice: User) -> None:
    one = renew(subscribe(alice, plans["gold"], by=alice.email), by="payments")
    change_plan(one, plans["silver"], by=alice.email)

    page = text(signed_in(alice), reverse("subscription"))
    assert "With the next period it becomes silver." in page
    assert "29.00 EUR" in page
