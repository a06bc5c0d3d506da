"""Quiet hours by the clock on the wall, through gaps and folds of any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcast.channels.quiet import QuietRule, find_zone, quiet_until, zones

BERLIN = "Europe/Berlin"
NIGHT = QuietRule(BERLIN, 22 * 60, 7 * 60)
#: Clocks that jump by an hour, by half of one, by a day, and not at all.
PLACES = (
    BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
    "America/St_Johns", "Africa/Casablanca", "UTC",
)  # fmt: skip


def berlin(text: str, fold: int = 0) -> datetime:
    """A time on the wall there."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN), fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-07-01T21:59:59", None),
        ("2026-07-01T22:00", "2026-07-02T07:00"),
        ("2026-07-02T06:59:59", "2026-07-02T07:00"),
        ("2026-07-02T07:00", None),
    ],
)
def test_a_night_lasts_from_its_beginning_to_before_its_end(now: str, end: str | None) -> None:
    assert quiet_until(NIGHT, berlin(now)) == (end and berlin(end))


def test_hours_of_one_day_end_on_it() -> None:
    noon = QuietRule(BERLIN, 12 * 60, 13 * 60)

    assert quiet_until(noon, berlin("2026-07-01T12:30")) == berlin("2026-07-01T13:00")
    assert quiet_until(noon, berlin("2026-07-01T13:30")) is None


def test_a_day_is_the_one_that_the_night_begins_on() -> None:
    fridays = NIGHT._replace(days="4")

    assert quiet_until(fridays, berlin("2026-07-03T23:00")) == berlin("2026-07-04T07:00")
    assert quiet_until(fridays, berlin("2026-07-04T06:00")) == berlin("2026-07-04T07:00")
    assert quiet_until(fridays, berlin("2026-07-04T23:00")) is None
    assert quiet_until(fridays, berlin("2026-07-03T06:00")) is None


def test_a_night_is_shorter_or_longer_where_the_clock_is_set() -> None:
    spring, autumn = berlin("2026-03-28T22:00"), berlin("2026-10-24T22:00")

    forward, back = quiet_until(NIGHT, spring), quiet_until(NIGHT, autumn)
    assert forward is not None
    assert back is not None
    assert forward - spring.astimezone(UTC) == timedelta(hours=8)
    assert back - autumn.astimezone(UTC) == timedelta(hours=10)


def test_a_time_that_the_clock_leaves_out_has_come_when_it_jumps() -> None:
    """On that night 02:00 is followed by 03:00, at 01:00 UTC."""
    until = QuietRule(BERLIN, 22 * 60, 2 * 60 + 30)
    since = QuietRule(BERLIN, 2 * 60 + 30, 7 * 60)

    assert quiet_until(until, utc("2026-03-29T00:59:59")) == utc("2026-03-29T01:00")
    assert quiet_until(until, utc("2026-03-29T01:00")) is None
    assert quiet_until(since, utc("2026-03-29T00:59:59")) is None
    assert quiet_until(since, utc("2026-03-29T01:00")) == utc("2026-03-29T05:00")


def test_a_time_that_the_clock_shows_twice_makes_quiet_hours_longer_never_shorter() -> None:
    """On that night 03:00 is followed by 02:00, at 01:00 UTC."""
    until = QuietRule(BERLIN, 22 * 60, 2 * 60 + 30)
    since = QuietRule(BERLIN, 2 * 60 + 30, 7 * 60)

    assert quiet_until(until, berlin("2026-10-25T02:15")) == utc("2026-10-25T01:30")
    assert quiet_until(until, berlin("2026-10-25T02:45")) == utc("2026-10-25T01:30")
    assert quiet_until(since, berlin("2026-10-25T02:30")) == utc("2026-10-25T06:00")
    assert quiet_until(since, berlin("2026-10-25T02:10", fold=1)) == utc("2026-10-25T06:00")


def test_a_day_that_a_zone_left_out_keeps_nobody_quiet_for_long() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    samoa = QuietRule("Pacific/Apia", 22 * 60, 7 * 60)
    there = datetime(2011, 12, 29, 23, tzinfo=ZoneInfo("Pacific/Apia"))

    end = quiet_until(samoa, there)
    assert end is not None
    assert end.astimezone(ZoneInfo("Pacific/Apia")).isoformat() == "2011-12-31T07:00:00+14:00"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "a" * 300, "\0"])
def test_a_zone_that_nobody_knows_has_no_quiet_hours(name: str) -> None:
    assert find_zone(name) is None
    assert quiet_until(NIGHT._replace(zone=name), utc("2026-07-01T23:00")) is None


def test_zones_to_choose_from_are_places_and_all_of_them_are_known() -> None:
    assert {"UTC", *PLACES} <= set(zones())
    assert all(find_zone(name) for name in zones())
    assert not [name for name in zones() if name.startswith("Etc/")]


minutes = st.integers(0, 1_439)
moments = st.datetimes(datetime(2005, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
days = st.sets(st.sampled_from("0123456"), min_size=1).map(lambda found: "".join(sorted(found)))
rules = st.builds(QuietRule, st.sampled_from(PLACES), minutes, minutes, days)


@given(rules, moments)
def test_quiet_hours_end_in_the_future_and_then_are_over(rule: QuietRule, now: datetime) -> None:
    end = quiet_until(rule, now)

    if end is not None:
        assert now < end
        assert quiet_until(rule, end) is None
        assert quiet_until(rule, end - timedelta(seconds=1)) == end


@given(rules, moments)
def test_at_their_end_the_clock_shows_it_or_has_just_jumped_over_it(
    rule: QuietRule, now: datetime
) -> None:
    end = quiet_until(rule, now)

    if end is not None:
        zone = ZoneInfo(rule.zone)
        after = end.astimezone(zone)
        before = (end - timedelta(seconds=1)).astimezone(zone)
        shown = after.hour * 60 + after.minute == rule.ends
        assert shown or before.utcoffset() != after.utcoffset()


@given(st.sampled_from(PLACES), minutes, minutes, moments)
def test_whoever_reads_such_a_time_on_the_wall_is_left_in_peace(
    place: str, begins: int, ends: int, now: datetime
) -> None:
    wall = now.astimezone(ZoneInfo(place))
    shown = wall.hour * 60 + wall.minute
    inside = begins <= shown < ends if begins < ends else shown >= begins or shown < ends

    if begins != ends and inside:
        assert quiet_until(QuietRule(place, begins, ends), now) is not None


@given(rules, moments)
def test_nobody_is_kept_quiet_for_more_than_a_day_and_a_jump(
    rule: QuietRule, now: datetime
) -> None:
    end = quiet_until(rule, now)

    if end is not None:
        assert end - now <= timedelta(days=2, hours=1)
