"""What the record of what recurs adds up to, by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth

from signalcast.plans.models import RecurringMove, Subscription
from signalcast.plans.states import CURRENT

#: What one statement groups by, and what it adds up.
KEYS = ("currency", "plan_id", "kind")
SUMS = {"a_year": Sum("yearly"), "several": Sum("subscriptions"), "rows": Count("pk")}


class Moved(NamedTuple):
    """The moves of one kind of one plan in a currency and a month."""

    #: Its first day, by UTC; None for all months before.
    month: date | None
    currency: str
    plan: int
    kind: str
    #: Minor units of twelve months.
    yearly: int
    subscriptions: int
    rows: int


class Standing(NamedTuple):
    """How many subscriptions to a plan are in a state now."""

    currency: str
    plan: int
    state: str
    rows: int


def recurring_sums(since: datetime) -> Iterator[Moved]:
    """Everything before SINCE at once, then each month. Two statements, whatever there is."""
    before = RecurringMove.objects.filter(at__lt=since).values_list(*KEYS)
    for row in before.annotate(**SUMS).order_by():
        yield Moved(None, *row)
    months = RecurringMove.objects.filter(at__gte=since).annotate(month=TruncMonth("at"))
    for month, *row in months.values_list("month", *KEYS).annotate(**SUMS).order_by():
        yield Moved(month.date(), *row)


def standings() -> list[Standing]:
    """Every current state with its subscriptions, by plan and currency. One statement."""
    rows = Subscription.objects.filter(state__in=CURRENT).values_list(
        "currency", "plan_id", "state"
    )
    return [Standing(*row) for row in rows.annotate(count=Count("pk")).order_by()]
