"""Which job was the first to be made at or after a moment."""

from __future__ import annotations

from datetime import datetime

from signalcast.work.models import Job

#: Ids that jobs which were made side by side may be out of the order of their times.
SLACK = 1_000


def created(moment: datetime, *, early: bool) -> int:
    """The id that parts jobs made before MOMENT from later ones, SLACK before it or after it.

    Found by halving, with about as many look-ups by key as the number of jobs has binary digits:
    an index over times would cost every job, and order nothing that ids do not.
    """
    ids = Job.objects.values_list("pk", flat=True)
    # Two statements: asked for both ends in one, SQLite reads all that is between them.
    first, last = ids.order_by("pk").first(), ids.order_by("-pk").first()
    if first is None or last is None:
        return 0
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        # Ids have gaps: the next one that there is speaks for the middle.
        at = Job.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "created_at")[:1]
        found = at.first()
        if found is None or found[0] >= high:
            high = middle
        elif found[1] < moment:
            low = found[0] + 1
        else:
            high = middle
    return max(low - SLACK, 0) if early else low + SLACK
