"""How much goes through each stage, from the newest rows: the same cost whatever there is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from signalcast.ops.console.glance import Flow

#: Newest rows that are looked at for each stage, and seconds that a picture covers at most.
SAMPLE, WINDOW = 1_000, 600.0
SPANS = 20
MINUTE = 60.0
#: Seconds of the shortest time that is counted out to a minute.
SHORTEST = 0.1
#: Seconds that a row may be ahead of now. Those further ahead are from before a clock was set back.
AHEAD = 5.0


def age(at: datetime, now: datetime) -> float | None:
    """Seconds since AT, never negative; None when it is of a time that has not come."""
    seconds = (now - at).total_seconds()
    return None if seconds < -AHEAD else max(seconds, 0.0)


def flow(
    times: Iterable[datetime], now: datetime, *, cut: bool, since: datetime | None = None
) -> Flow:
    """The flow of what happened at TIMES.

    CUT says that there are older ones not among them, before SINCE or else the oldest of them.
    """
    ages = sorted(seconds for at in times if (seconds := age(at, now)) is not None)
    oldest = (age(since, now) or 0.0) if since else max(ages, default=WINDOW)
    covers = min(max(oldest, SHORTEST), WINDOW) if cut else WINDOW
    minute = sum(seconds <= MINUTE for seconds in ages) * MINUTE / min(covers, MINUTE)
    spans = [0] * SPANS
    for seconds in ages:
        if seconds <= covers:
            spans[SPANS - 1 - min(int(seconds / covers * SPANS), SPANS - 1)] += 1
    return Flow(round(minute, 1), spans, covers)
