"""The newest jobs that a query means, in a bounded time however many there are."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.utils.translation import gettext as _

from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import Query, WrongQuery, read_id

SIZE = 50
#: Seconds after which looking ends, at first, and when somebody asked to look on from there.
PATIENCE, LOOKING_ON = 0.1, 2.0
#: Candidates that are looked at together: at first, where arguments are read, and at most.
WINDOW, HEAVY_WINDOW, WIDEST = 2_000, 250, 8_000
#: Seconds within which a statement has to be done for the next one to look at more.
QUICK = 0.02


@dataclass(frozen=True, slots=True)
class Found:
    """Ids, newest first, and where the next page goes on; AFTER is empty at the end."""

    ids: list[int]
    after: str
    #: Whether the time was up before the page was full: there may be more.
    cut: bool = False


def find(query: Query, after: str = "", *, seconds: float = PATIENCE) -> Found:
    """The jobs that QUERY means, older than the id AFTER. Raises WrongQuery.

    What no index answers is looked up in windows over the best one that there is.
    """
    narrowed = narrow(query)
    last = _last(after)
    if narrowed.rest is None:
        return _page(narrowed.window(last, SIZE + 1))
    found: list[int] = []
    until = time.monotonic() + seconds
    size = HEAVY_WINDOW if narrowed.heavy else WINDOW
    while True:
        began = time.monotonic()
        ids = narrowed.window(last, size)
        found += narrowed.among(ids, SIZE + 1 - len(found))
        if len(ids) < size or len(found) > SIZE:
            return _page(found)
        last = ids[-1]
        if time.monotonic() > until:
            return Found(found, str(last), cut=True)
        if time.monotonic() - began < QUICK:
            size = min(size * 2, WIDEST)


def _page(ids: list[int]) -> Found:
    more = len(ids) > SIZE
    return Found(ids[:SIZE], str(ids[SIZE - 1]) if more else "")


def _last(after: str) -> int | None:
    if not after:
        return None
    try:
        return read_id(after)
    except WrongQuery:
        raise WrongQuery(_("There is no such page. Here is how the list begins.")) from None
