"""The searches that operators keep in view, each with the number of its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from signalcast.ops.jobs.count_up_to import count_up_to
from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import WrongQuery, read_query
from signalcast.ops.queues.kept import Kept
from signalcast.ops.queues.models import WatchedSearch

#: Searches that can be watched: few enough to count for a page, and to be seen at a glance.
MOST = 12
#: Jobs that are counted of each, and the seconds after which its counting ends.
COUNTED, PATIENCE = 10_000, 0.05
#: Seconds that a count is good for, for all who look.
GOOD_FOR = 5.0

_kept: dict[str, Kept[tuple[int, bool]]] = {}


@dataclass(frozen=True, slots=True)
class Watched:
    """A search and how many jobs it means: that many, or at least that many if not EXACT."""

    pk: int
    name: str
    query: str
    #: None when the search cannot be read any more.
    count: int | None
    exact: bool


def watched() -> list[Watched]:
    """All of them by name. One statement, and those of counting what was not counted just now."""
    rows = list(WatchedSearch.objects.order_by("name", "pk")[:MOST])
    for forgotten in _kept.keys() - {row.query for row in rows}:
        _kept.pop(forgotten, None)
    return [Watched(row.pk, row.name, row.query, *_counted(row.query)) for row in rows]


def forget_counts() -> None:
    """Count anew the next time."""
    _kept.clear()


def _counted(text: str) -> tuple[int | None, bool]:
    kept = _kept.setdefault(text, Kept(partial(_count, text), good_for=GOOD_FOR))
    try:
        return kept.get()
    except WrongQuery:
        return None, False


def _count(text: str) -> tuple[int, bool]:
    return count_up_to(narrow(read_query(text)), COUNTED, seconds=PATIENCE)
