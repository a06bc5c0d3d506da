"""Put parked jobs away for good."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.work.models import Job


def discard(ids: Iterable[int], *, by: str) -> int:
    """Discard parked jobs; their reason stays readable as their last error. Returns how many."""
    count = 0
    parked = Job.objects.filter(pk__in=list(ids), parked_at__isnull=False)
    for pk, reason, error in parked.values_list("pk", "parked_reason", "error"):
        count += Job.objects.filter(pk=pk, parked_at__isnull=False).update(
            state=Job.State.DISCARDED,
            parked_at=None,
            parked_reason="",
            error=error or reason,
            finished_at=Now(),
        )
    if count:
        events.emit("job.discarded", count=count, by=by)
    return count
