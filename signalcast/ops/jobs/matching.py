"""All jobs that an act on a query is for, batch by batch."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from signalcast.ops.jobs.acts import BATCH, Act
from signalcast.ops.jobs.find import HEAVY_WINDOW, WINDOW, edge
from signalcast.ops.jobs.narrow import Narrowed, narrow
from signalcast.ops.jobs.query import Query
from signalcast.work.models import Job

#: Seconds that counting may take before an act.
PATIENCE = 1.5


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, or, when EXACT is false, how many were counted until the time was up."""

    count: int
    exact: bool
    #: Jobs with larger ids came later, and are not meant.
    upto: int


def matching(query: Query, act: Act, *, upto: int) -> Iterator[list[int]]:
    """The ids, newest first, up to BATCH at a time. Each job is looked at once.

    What is changed meanwhile does not disturb: the next batch goes on below the last.
    """
    for narrowed, first, last in _windows(query, act, upto):
        ends = last
        while True:
            rows = narrowed.within(first, ends).order_by("-pk").values_list("pk", flat=True)
            ids = list(rows[:BATCH])
            if ids:
                yield ids
            if len(ids) < BATCH:
                break
            ends = ids[-1]


def count_matching(query: Query, act: Act, *, upto: int | None = None) -> Counted:
    """How many jobs ACT would be done to, counted for a moment only."""
    if upto is None:
        upto = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    count, until = 0, time.monotonic() + PATIENCE
    for narrowed, first, last in _windows(query, act, upto):
        if time.monotonic() > until:
            return Counted(count, False, upto)
        count += narrowed.within(first, last).count()
    return Counted(count, True, upto)


def _windows(query: Query, act: Act, upto: int) -> Iterator[tuple[Narrowed, int | None, int]]:
    if not act.fits(query):
        return
    narrowed = narrow(query, act.state_in(query))
    window = HEAVY_WINDOW if narrowed.heavy else WINDOW * 5
    last: int | None = upto + 1
    while last is not None:
        first = edge(narrowed, last, window)
        yield narrowed, first, last
        last = first
