"""End jobs that a person no longer wants."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.work.models import Job


def cancel(ids: Iterable[int], *, by: str) -> tuple[int, int]:
    """Cancel jobs: those that wait at once, those in hand as soon as their process hears of it.

    Returns how many were cancelled and how many are asked to end. Finished ones stay as they are.
    """
    jobs = Job.objects.filter(pk__in=list(ids), state=Job.State.WAITING)
    waiting = jobs.filter(leased_until=None).update(
        state=Job.State.CANCELLED,
        due=None,
        parked_at=None,
        parked_reason="",
        finished_at=Now(),
    )
    asked = jobs.filter(leased_until__isnull=False, cancel_asked_at=None).update(
        cancel_asked_at=Now()
    )
    if waiting or asked:
        events.emit("job.cancelled", count=waiting, asked=asked, by=by)
    return waiting, asked
