"""How long what was paid for lasts."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, timedelta

from signalcast.plans.models import Plan

MONTHS = {Plan.Interval.MONTH: 1, Plan.Interval.QUARTER: 3, Plan.Interval.YEAR: 12}


def period_after(begin: datetime, interval: str) -> datetime | None:
    """The end of a period of INTERVAL that begins then, by the calendar: a month after January 31
    is the last of February. None for a lifetime."""
    months = MONTHS.get(Plan.Interval(interval))
    if months is None:
        return None
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    day = min(begin.day, monthrange(year, month + 1)[1])
    return begin.replace(year=year, month=month + 1, day=day)


def access_end(plan: Plan, period_end: datetime | None, *, renews: bool) -> datetime | None:
    """Until when a subscription entitles whose period ends then.

    One that RENEWS goes on for the plan's days of grace, so that a payment which comes a little
    late costs nobody a signal; one that does not ends to the second.
    """
    if period_end is None:
        return None
    return period_end + timedelta(days=plan.grace_days) if renews else period_end
