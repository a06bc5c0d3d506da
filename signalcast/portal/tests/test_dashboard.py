"""A subscriber's first page: what happens, what it costs and where it goes."""

from __future__ import annotations

import pytest

from signalcast.channels.models import Destination
from signalcast.core.clock import from_now
from signalcast.plans.models import Subscription
from signalcast.portal.tests.cast import Cast, text

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/app/"


def test_who_subscribes_comes_home_and_who_works_here_to_the_signals(cast: Cast) -> None:
    assert cast.alice.get("/").headers["Location"] == PAGE
    assert cast.ann.get("/").headers["Location"] == "/app/signals/"


def test_it_shows_signals_the_subscription_and_where_they_go(cast: Cast) -> None:
    Subscription.objects.update(period_end=from_now(86_400), amount_due=2_900, currency="EUR")
    page = text(cast.alice, PAGE)

    assert "BTCUSDT" in page
    assert "The next payment is 29.00 EUR on" in page
    assert f"#d-{cast.world.alice.uid}" in page
    assert "Connect a destination" not in page


def test_it_shows_nothing_that_is_another_s(cast: Cast) -> None:
    page = text(cast.bob, PAGE)

    assert "BTCUSDT" not in page
    assert "As soon as your feeds publish a signal it appears here." in page
    assert str(cast.world.alice.uid) not in page


def test_it_says_where_to_begin_without_a_plan_and_without_a_destination(cast: Cast) -> None:
    Subscription.objects.update(state="expired")
    Destination.objects.all().delete()
    page = text(cast.alice, PAGE)

    assert "You have no plan" in page
    assert "Connect a destination" in page
    assert "BTCUSDT" not in page


def test_a_destination_in_trouble_says_why(cast: Cast) -> None:
    Destination.objects.update(state="disabled", disabled_reason="It answered 410 Gone.")

    assert "It answered 410 Gone." in text(cast.alice, PAGE)


def test_it_renews_its_signals_alone(cast: Cast) -> None:
    part = cast.alice.get(PAGE, headers={"HX-Request": "true"}).content.decode()

    assert "BTCUSDT" in part
    assert "<html" not in part
    assert "Your subscription" not in part
