"""What a change costs is exact, never negative, and never more than the new plan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcast.plans.models import Plan
from signalcast.plans.periods import period_after
from signalcast.plans.prorate import prorate

BEGIN = datetime(2026, 1, 31, 12, tzinfo=UTC)
MONTH = timedelta(days=30)
prices = st.integers(0, 10**12)
lengths = st.timedeltas(timedelta(seconds=1), timedelta(days=366))
shares = st.floats(-0.5, 1.5)


@given(prices, prices, lengths, shares, st.booleans())
def test_nothing_is_lost_and_nothing_is_made(
    old: int, new: int, length: timedelta, share: float, same: bool
) -> None:
    at = BEGIN + length * share
    cost = prorate(old_price=old, new_price=new, start=BEGIN, end=BEGIN + length, at=at, same=same)

    assert cost.due + cost.credit == cost.charge + cost.rest
    assert 0 <= cost.due <= new
    assert 0 <= cost.charge <= new
    assert 0 <= cost.credit <= max(old, cost.charge)
    assert cost.rest >= 0
    assert not (cost.rest and cost.due)


@given(prices, prices, lengths, st.tuples(shares, shares))
def test_the_later_in_a_period_that_stays_the_less_is_due(
    old: int, more: int, length: timedelta, two: tuple[float, float]
) -> None:
    earlier, later = (
        prorate(
            old_price=old,
            new_price=old + more,
            start=BEGIN,
            end=BEGIN + length,
            at=BEGIN + length * share,
            same=True,
        ).due
        for share in sorted(two)
    )

    assert later <= earlier <= more


def test_half_a_month_of_the_difference() -> None:
    cost = prorate(
        old_price=2_900,
        new_price=7_900,
        start=BEGIN,
        end=BEGIN + MONTH,
        at=BEGIN + MONTH / 2,
        same=True,
    )

    assert (cost.charge, cost.credit, cost.due, cost.rest) == (3_950, 1_450, 2_500, 0)


def test_another_interval_begins_a_period_and_credits_the_rest_of_the_old_one() -> None:
    half = {"start": BEGIN, "end": BEGIN + MONTH, "at": BEGIN + MONTH / 2}

    year = prorate(old_price=2_900, new_price=60_000, same=False, **half)
    assert (year.charge, year.credit, year.due, year.rest) == (60_000, 1_450, 58_550, 0)
    small = prorate(old_price=2_900, new_price=1_000, same=False, **half)
    assert (small.charge, small.credit, small.due, small.rest) == (1_000, 1_450, 0, 450)


def test_a_period_without_length_and_prices_below_nothing_are_errors() -> None:
    with pytest.raises(ValueError, match="has a length"):
        prorate(old_price=1, new_price=2, start=BEGIN, end=BEGIN, at=BEGIN, same=True)
    with pytest.raises(ValueError, match="not below 0"):
        prorate(old_price=-1, new_price=2, start=BEGIN, end=BEGIN + MONTH, at=BEGIN, same=True)


@pytest.mark.parametrize(
    ("interval", "end"),
    [
        ("month", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ("quarter", datetime(2026, 4, 30, 12, tzinfo=UTC)),
        ("year", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("lifetime", None),
    ],
)
def test_periods_go_by_the_calendar(interval: str, end: datetime | None) -> None:
    assert period_after(BEGIN, interval) == end
    assert Plan.Interval(interval)
