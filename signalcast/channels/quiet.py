"""When quiet hours end, by the clock on the wall of a time zone, whatever happens to that clock.

Where the clock is set forward, a time that it leaves out has come when it jumps. Where it is set
back, quiet hours begin at the first time that it shows their beginning, and end at the last time
that it shows their end: they are never cut short.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from signalcast.channels.preferences import EVERY_DAY

#: Windows that are looked at to find one that isn't followed by the next at once.
MOST_IN_A_ROW = 15
#: Names in the database of zones that are no place's.
NO_PLACES = ("posix", "right", "Etc/", "SystemV/")


class QuietRule(NamedTuple):
    """Somebody's quiet hours. Minutes after midnight; an end before the beginning is next day's."""

    zone: str
    begins: int
    ends: int
    days: str = EVERY_DAY


@cache
def zones() -> tuple[str, ...]:
    """The names of time zones that people may choose from, sorted: places, and UTC."""
    names = (name for name in available_timezones() if not name.startswith(NO_PLACES))
    return tuple(sorted({name for name in names if "/" in name} | {"UTC"}))


@lru_cache(maxsize=1_024)
def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of that name; None when this host's database has none (any more)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def quiet_until(rule: QuietRule, moment: datetime) -> datetime | None:
    """The end, in UTC, of the quiet hours that MOMENT is in; None when it is in none.

    A zone that nobody knows has no hours, and so no quiet ones.
    """
    zone = find_zone(rule.zone)
    if zone is None or rule.begins == rule.ends:
        return None
    moment = moment.astimezone(UTC)
    end: datetime | None = None
    for _window in range(MOST_IN_A_ROW):
        found = _window_end(rule, zone, end or moment)
        if found is None:
            break
        end = found
    return end


def _window_end(rule: QuietRule, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The end of a window that holds MOMENT."""
    today = moment.astimezone(zone).date()
    # The window may have begun yesterday, or before a day that the zone left out.
    for back in (0, 1, 2):
        day = today - timedelta(days=back)
        if str(day.weekday()) not in rule.days:
            continue
        last = day + timedelta(days=1 if rule.ends < rule.begins else 0)
        end = _instant(last, rule.ends, zone, fold=1)
        if _instant(day, rule.begins, zone, fold=0) <= moment < end:
            return end
    return None


def _instant(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """When the clock shows a time, in UTC: the first time, or with a FOLD of 1 the last."""
    wall = datetime.combine(day, time(minutes // 60, minutes % 60))
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    last = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if last < first:  # never shown: the clock jumps over it, somewhere between these two
        return _jump(zone, last, first)
    return last if fold else first


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the clock is set forward, between two moments in UTC."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        same = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return before + timedelta(seconds=high)
