"""Run a schedule's job out of turn."""

from __future__ import annotations

from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, SCHEDULES, Queue
from signalcast.work.models import Job


def run_now(name: str, *, by: str) -> Job:
    """A job of the schedule called NAME, due now. Raises LookupError."""
    if name not in {planned.job for planned in SCHEDULES}:
        raise LookupError(name)
    job = Job.objects.create(name=name, queue=Queue.DEFAULT, tags="by-hand")
    ring_after_commit(RUN_JOBS)
    events.emit("schedule.run_now", job=name, id=job.pk, by=by)
    return job
