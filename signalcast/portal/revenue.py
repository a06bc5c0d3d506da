"""The figures of the business, month by month, each currency by itself. docs/business.md says what
counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from signalcast.payments.cash_by_month import Cash, cash_by_month
from signalcast.plans.models import Plan, RecurringMove
from signalcast.plans.recurring_sums import Moved, Standing, recurring_sums, standings
from signalcast.plans.states import SubscriptionState

Kind = RecurringMove.Kind
State = SubscriptionState

MONTHS = 12


@dataclass(slots=True)
class Month:
    """What changed in one month. What recurs is in minor units of twelve months."""

    first: date
    #: What counted when it began.
    yearly_before: int = 0
    subscriptions_before: int = 0
    new: int = 0
    up: int = 0
    down: int = 0
    lost: int = 0
    subscriptions_new: int = 0
    subscriptions_lost: int = 0
    trials: int = 0
    converted: int = 0
    cash: Cash = field(default_factory=Cash)

    @property
    def yearly(self) -> int:
        """What counts when it ends, or now."""
        return self.yearly_before + self.new + self.up + self.down + self.lost

    @property
    def subscriptions(self) -> int:
        """Subscriptions that count when it ends, or now."""
        return self.subscriptions_before + self.subscriptions_new - self.subscriptions_lost

    @property
    def customer_churn(self) -> float | None:
        """The part of those that counted at its beginning which was lost, of a hundred."""
        return percent(self.subscriptions_lost, self.subscriptions_before)

    @property
    def money_churn(self) -> float | None:
        """The part of what recurred at its beginning that was lost or got cheaper, of a hundred."""
        return percent(-self.lost - self.down, self.yearly_before)


@dataclass(slots=True)
class OnePlan:
    """How a plan does now."""

    name: str
    yearly: int = 0
    subscriptions: int = 0
    states: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Revenue:
    """One currency."""

    currency: str
    months: list[Month]
    plans: list[OnePlan]
    states: Counter[str]

    @property
    def now(self) -> Month:
        """The month that runs."""
        return self.months[-1]


def monthly(yearly: int) -> int:
    """Minor units of a month in those of twelve; halves are rounded away from zero."""
    whole = (2 * abs(yearly) + 12) // 24
    return whole if yearly >= 0 else -whole


def percent(part: int, whole: int) -> float | None:
    """PART of WHOLE, of a hundred; None of nothing."""
    return 100 * part / whole if whole else None


def revenue(at: datetime) -> list[Revenue]:
    """Every currency that something was sold in, over the twelve months that end with that of AT.

    Five statements, however many subscriptions there are.
    """
    firsts = _firsts(at.astimezone(UTC).date())
    since = datetime(firsts[0].year, firsts[0].month, 1, tzinfo=UTC)
    moved: dict[str, list[Moved]] = defaultdict(list)
    for one in recurring_sums(since):
        moved[one.currency].append(one)
    standing: dict[str, list[Standing]] = defaultdict(list)
    for row in standings():
        standing[row.currency].append(row)
    cash = cash_by_month(since)
    names = dict(Plan.objects.values_list("pk", "name"))
    known = {*moved, *standing, *(currency for currency, _month in cash)}
    return [
        Revenue(
            currency=currency,
            months=_months(moved[currency], firsts, cash, currency),
            plans=_plans(moved[currency], standing[currency], names),
            states=_states(standing[currency]),
        )
        for currency in sorted(known)
        if currency
    ]


def _firsts(today: date) -> list[date]:
    """The first days of the months, oldest first."""
    newest = today.year * 12 + today.month - 1
    return [
        date(number // 12, number % 12 + 1, 1) for number in range(newest - MONTHS + 1, newest + 1)
    ]


def _months(
    moved: Sequence[Moved],
    firsts: Sequence[date],
    cash: dict[tuple[str, date], Cash],
    currency: str,
) -> list[Month]:
    months = {first: Month(first, cash=cash.get((currency, first), Cash())) for first in firsts}
    yearly = subscriptions = 0
    for one in moved:
        if one.month is None:
            yearly += one.yearly
            subscriptions += one.subscriptions
        elif one.month in months:
            _add(months[one.month], one)
    for month in months.values():
        month.yearly_before, month.subscriptions_before = yearly, subscriptions
        yearly, subscriptions = month.yearly, month.subscriptions
    return list(months.values())


def _add(month: Month, one: Moved) -> None:
    kind = Kind(one.kind)
    if kind is Kind.TRIAL:
        month.trials += one.rows
    elif kind is Kind.LOST:
        month.lost += one.yearly
        month.subscriptions_lost -= one.subscriptions
    elif kind is Kind.UP:
        month.up += one.yearly
    elif kind is Kind.DOWN:
        month.down += one.yearly
    else:
        month.new += one.yearly
        month.subscriptions_new += one.subscriptions
        month.converted += one.subscriptions if kind is Kind.CONVERTED else 0


def _plans(
    moved: Sequence[Moved], standing: Sequence[Standing], names: dict[int, str]
) -> list[OnePlan]:
    found: dict[int, OnePlan] = {}
    for one in moved:
        plan = found.setdefault(one.plan, OnePlan(names.get(one.plan, "")))
        plan.yearly += one.yearly
        plan.subscriptions += one.subscriptions
    for row in standing:
        plan = found.setdefault(row.plan, OnePlan(names.get(row.plan, "")))
        plan.states[row.state] += row.rows
    kept = [plan for plan in found.values() if plan.yearly or plan.states]
    return sorted(kept, key=lambda plan: (-plan.yearly, plan.name))


def _states(standing: Sequence[Standing]) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in standing:
        found[row.state] += row.rows
    return found
