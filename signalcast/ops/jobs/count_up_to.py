"""How many jobs conditions mean, counted for a moment and up to a number."""

from __future__ import annotations

import time

from signalcast.ops.jobs.find import HEAVY_WINDOW, WIDEST
from signalcast.ops.jobs.narrow import Narrowed


def count_up_to(
    narrowed: Narrowed, most: int, *, seconds: float, upto: int | None = None
) -> tuple[int, bool]:
    """Jobs up to the id UPTO, and whether those are all; there may be more when they are not.

    At MOST are counted. Where rows have to be read, that ends with the window that SECONDS end in.
    """
    if narrowed.rest is None:
        rows = narrowed.candidates if upto is None else narrowed.candidates.filter(pk__lte=upto)
        many = rows.values("pk")[: most + 1].count()
        return min(many, most), many <= most
    size = HEAVY_WINDOW if narrowed.heavy else WIDEST
    last = None if upto is None else upto + 1
    count, until = 0, time.monotonic() + seconds
    while True:
        ids = narrowed.window(last, size)
        count += len(narrowed.among(ids))
        if count > most or len(ids) < size:
            return min(count, most), count <= most
        if time.monotonic() > until:
            return count, False
        last = ids[-1]
