"""All jobs that an act on a query is for, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from signalcast.ops.jobs.acts import BATCH, Act
from signalcast.ops.jobs.count_up_to import count_up_to
from signalcast.ops.jobs.find import HEAVY_WINDOW, WIDEST
from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import Query
from signalcast.work.models import Job

#: Seconds that counting may take before an act.
PATIENCE = 1.5
#: Jobs that are counted.
MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, or, when EXACT is false, how many were counted until the time was up."""

    count: int
    exact: bool
    #: Jobs with larger ids came later, and are not meant.
    upto: int


def matching(query: Query, act: Act, *, upto: int) -> Iterator[list[int]]:
    """The ids, newest first, up to BATCH at a time. Each job is looked at once.

    What is changed meanwhile does not disturb: the next window goes on below the last.
    """
    for ids in _windows(query, act, upto):
        for start in range(0, len(ids), BATCH):
            yield ids[start : start + BATCH]


def count_matching(query: Query, act: Act, *, upto: int | None = None) -> Counted:
    """How many jobs ACT would be done to, counted for a moment only."""
    if upto is None:
        upto = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if not act.fits(query):
        return Counted(0, True, upto)
    narrowed = narrow(query, act.state_in(query))
    return Counted(*count_up_to(narrowed, MOST, seconds=PATIENCE, upto=upto), upto)


def _windows(query: Query, act: Act, upto: int) -> Iterator[list[int]]:
    """The ids that are meant among each window of candidates, which may be none of them."""
    if not act.fits(query):
        return
    narrowed = narrow(query, act.state_in(query))
    size = HEAVY_WINDOW if narrowed.heavy else WIDEST
    last = upto + 1
    while ids := narrowed.window(last, size):
        yield narrowed.among(ids)
        last = ids[-1]
