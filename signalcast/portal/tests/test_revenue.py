"""The figures of the business: worked examples, currencies side by side, few statements."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import User
from signalcast.core import clock
from signalcast.payments.post_entry import Line, post_entry
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.fail_payment import fail_payment
from signalcast.plans.grant import grant
from signalcast.plans.models import Plan, RecurringMove, Subscription
from signalcast.plans.renew import renew
from signalcast.plans.subscribe import subscribe
from signalcast.plans.tests.test_verbs import buy
from signalcast.portal.revenue import MONTHS, Month, Revenue, revenue
from signalcast.portal.tests.cast import signed_in, staff, text
from signalcast.portal.tests.selling import sell

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
#: When the figures are looked at.
LOOK = datetime(2026, 8, 20, 12, tzinfo=UTC)


@pytest.fixture
def plans() -> dict[str, Plan]:
    made = sell()
    dollars = Plan.objects.create(
        slug="usd", name="Dollars", price=1_000, currency="USD", interval="quarter"
    )
    return made | {"usd": dollars}


def person(name: str) -> User:
    return User.objects.create_user(f"{name}@example.org")


def on(day: date, act: Callable[[], object]) -> None:
    """As if what ACT does happened on that day."""
    known = set(RecurringMove.objects.values_list("pk", flat=True))
    act()
    at = datetime(day.year, day.month, 10, tzinfo=UTC)
    RecurringMove.objects.exclude(pk__in=known).update(at=at)


def months_of(currency: str) -> dict[date, Month]:
    return {month.first: month for month in shown(currency).months}


def shown(currency: str) -> Revenue:
    return next(one for one in revenue(LOOK) if one.currency == currency)


def test_a_year_counts_a_twelfth_and_currencies_are_not_added(plans: dict[str, Plan]) -> None:
    on(JUNE, lambda: buy(person("alice"), plans["silver"]))
    on(JULY, lambda: buy(person("bob"), plans["year"]))
    on(JULY, lambda: buy(person("carl"), plans["usd"]))

    euros, dollars = months_of("EUR"), months_of("USD")
    assert len(euros) == MONTHS
    assert [euros[month].yearly for month in (JUNE, JULY, AUGUST)] == [34_800, 94_800, 94_800]
    assert (euros[JULY].new, euros[JULY].subscriptions) == (60_000, 2)
    assert (dollars[JULY].yearly, dollars[JULY].subscriptions) == (4_000, 1)
    assert [one.currency for one in revenue(LOOK)] == ["EUR", "USD"]


def test_what_is_not_paid_again_and_again_does_not_count(plans: dict[str, Plan]) -> None:
    subscribe(person("waits"), plans["silver"], by="x")
    subscribe(person("free"), plans["free"], by="x")
    buy(person("ever"), plans["ever"])
    grant(person("given"), plans["silver"], until=None, by="x", why="A present.")
    tries = subscribe(person("tries"), plans["gold"], by="x")
    fail_payment(tries, by="payments")

    assert not RecurringMove.objects.exclude(kind="trial").exists()


def test_trials_are_counted_when_they_begin_and_when_they_are_paid(plans: dict[str, Plan]) -> None:
    on(JUNE, lambda: subscribe(person("alice"), plans["gold"], by="x"))
    on(JUNE, lambda: subscribe(person("bob"), plans["gold"], by="x"))
    alice = Subscription.objects.get(user__email="alice@example.org")
    on(JULY, lambda: renew(alice, by="payments"))
    on(AUGUST, lambda: renew(alice, by="payments"))

    months = months_of("EUR")
    assert [months[month].trials for month in (JUNE, JULY)] == [2, 0]
    assert [months[month].converted for month in (JUNE, JULY, AUGUST)] == [0, 1, 0]
    assert months[JULY].new == 7_900 * 12


def test_changes_and_ends_make_the_churn(plans: dict[str, Plan]) -> None:
    for name in ("alice", "bob", "carl", "dora"):
        on(JUNE, lambda name=name: buy(person(name), plans["silver"]))  # type: ignore[misc]
    alice, bob = (
        Subscription.objects.get(user__email=f"{name}@example.org") for name in ("alice", "bob")
    )
    on(JULY, lambda: change_plan(alice, plans["gold"], by="x", paid=7_900))
    on(JULY, lambda: cancel(bob, by="x", at_once=True))

    july = months_of("EUR")[JULY]
    assert (july.up, july.lost) == ((7_900 - 2_900) * 12, -2_900 * 12)
    assert (july.customer_churn, july.money_churn) == (25.0, 25.0)
    assert july.yearly == (7_900 + 2 * 2_900) * 12
    by_plan = {plan.name: (plan.yearly, plan.subscriptions) for plan in shown("EUR").plans}
    assert by_plan == {"silver": (2 * 34_800, 2), "gold": (94_800, 1)}


def test_what_is_cancelled_for_the_end_of_its_period_counts_until_then(
    plans: dict[str, Plan],
) -> None:
    one = buy(person("alice"), plans["silver"])
    fail_payment(one, by="payments")
    renew(one, by="payments", until=one.period_end)
    cancel(one, by="x")
    assert RecurringMove.objects.count() == 1
    cancel(one, by="x", at_once=True)
    assert list(RecurringMove.objects.values_list("kind", "yearly", "subscriptions")) == [
        ("new", 34_800, 1),
        ("lost", -34_800, -1),
    ]


def test_refunds_and_disputes_subtract_from_what_came() -> None:
    bank = "gateway:manual"
    post_entry(
        "paid:manual:1", "x", [Line(bank, "revenue", 8_403, "EUR"), Line(bank, "tax", 1_597, "EUR")]
    )
    post_entry("paid:manual:2", "x", [Line(bank, "revenue", 5_000, "EUR")])
    post_entry(
        "refund:manual:1:done",
        "x",
        [Line("revenue", bank, 840, "EUR"), Line("tax", bank, 160, "EUR")],
    )
    post_entry("dispute:stripe:1:opened", "x", [Line("disputed", bank, 5_000, "EUR")])

    (one,) = revenue(clock.now())
    cash = one.now.cash
    assert (cash.paid, cash.back, cash.disputed, cash.tax) == (15_000, 1_000, 5_000, 1_437)
    assert cash.left == 15_000 - 1_000 - 5_000 - 1_437

    post_entry("dispute:stripe:1:won", "x", [Line(bank, "disputed", 5_000, "EUR")])
    post_entry(
        "refund:manual:1:failed",
        "x",
        [Line(bank, "revenue", 840, "EUR"), Line(bank, "tax", 160, "EUR")],
    )
    (one,) = revenue(clock.now())
    cash = one.now.cash
    assert (cash.paid, cash.back, cash.disputed, cash.left) == (15_000, 0, 0, 13_403)


def test_the_page_takes_as_many_statements_for_many_as_for_one(plans: dict[str, Plan]) -> None:
    client = signed_in(staff("sue", "support"))
    buy(person("alice"), plans["silver"])

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = text(client, "/app/revenue/")
        assert "What counts" in page
        return len(queries)

    few = statements()
    for number in range(8):
        buy(person(f"s{number}"), plans["silver" if number % 2 else "year"])
    assert statements() == few


def test_the_file_says_what_the_page_says(plans: dict[str, Plan]) -> None:
    client = signed_in(staff("olga", "owner"))
    buy(person("alice"), plans["silver"])

    page = text(client, "/app/revenue/")
    assert "29.00 EUR" in page
    assert 'role="img"' in page
    lines = list(csv.DictReader(text(client, "/app/revenue/months.csv").splitlines()))
    assert len(lines) == MONTHS
    newest = lines[-1]
    assert (newest["currency"], newest["mrr"], newest["subscriptions"]) == ("EUR", "29.00", "1")
    assert newest["customer_churn_percent"] == ""


def test_nothing_sold_is_said_in_words(plans: dict[str, Plan]) -> None:
    assert "Nothing was sold yet" in text(signed_in(staff("olga", "owner")), "/app/revenue/")


def test_the_record_is_begun_with_what_histories_tell(plans: dict[str, Plan]) -> None:
    """What the migration makes of the past is what would have been written then."""
    tries = subscribe(person("tries"), plans["gold"], by="x")
    renew(tries, by="payments")
    alice = buy(person("alice"), plans["silver"])
    change_plan(alice, plans["gold"], by="x", paid=7_900)
    cancel(buy(person("bob"), plans["year"]), by="x", at_once=True)
    fail_payment(subscribe(person("late"), plans["gold"], by="x"), by="payments")
    buy(person("ever"), plans["ever"])
    columns = ("subscription", "plan", "kind", "currency", "subscriptions")
    written = list(RecurringMove.objects.order_by("subscription", "pk").values_list(*columns))

    RecurringMove.objects.all().delete()
    migration = import_module("signalcast.plans.migrations.0004_recurring_moves")
    migration.begin_record(apps, None)

    begun = list(RecurringMove.objects.order_by("subscription", "pk").values_list(*columns))
    assert sorted(begun) == sorted(written)
