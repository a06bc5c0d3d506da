"""What checks said over the last day, for their pictures."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from signalcast.core.clock import now
from signalcast.ops.health.draw_trend import Point
from signalcast.ops.health.models import CheckNote

HOURS = 24


def trends(hours: int = HOURS) -> dict[int, list[Point]]:
    """The notes of the last hours by the key of their check, in the order of time.

    One statement; a check leaves some 300 notes a day.
    """
    found: dict[int, list[Point]] = defaultdict(list)
    rows = CheckNote.objects.filter(at__gt=now() - timedelta(hours=hours)).order_by("at")
    for key, at, state, figure in rows.values_list("check_state", "at", "state", "figure"):
        found[key].append(Point(at, state, figure))
    return found
