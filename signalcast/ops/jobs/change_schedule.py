"""Run a schedule's job now, let a schedule rest, or let it go on."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.work.models import Job
from signalcast.work.pause import SCHEDULE, pause
from signalcast.work.resume import resume
from signalcast.work.run_now import run_now

#: Minutes that a pause may last: a year.
LONGEST = 525_600


class Unfinished(ValueError):
    """Its job waits or runs already; `args[0]` is that job."""


def run_schedule(name: str, *, by: str) -> Job:
    """Its job, due now. Raises LookupError, and Unfinished when one is still to be done."""
    with transaction.atomic():
        waiting = Job.objects.filter(name=name, state=Job.State.WAITING, parked_at=None)
        if unfinished := waiting.defer("arguments").order_by("-pk").first():
            raise Unfinished(unfinished)
        job = run_now(name, by=by)
        audit("schedules.run", by=by, target=name, count=1, job=job.pk)
    return job


def pause_schedule(name: str, *, by: str, minutes: int | None = None, reason: str = "") -> None:
    """Leave its runs out for MINUTES, or until it is resumed. Raises LookupError."""
    with transaction.atomic():
        seconds = None if minutes is None else minutes * 60
        pause(f"{SCHEDULE}{name}", by=by, seconds=seconds, reason=reason)
        audit("schedules.paused", by=by, target=name, minutes=minutes, reason=reason)


def resume_schedule(name: str, *, by: str) -> bool:
    """Run it by the clock again. Returns whether it was paused."""
    with transaction.atomic():
        resumed = resume(f"{SCHEDULE}{name}", by=by)
        if resumed:
            audit("schedules.resumed", by=by, target=name)
    return resumed
