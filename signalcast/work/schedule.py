"""Write the jobs whose time has come, once however many schedulers live."""

from __future__ import annotations

from signalcast.core import clock
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, SCHEDULES, Queue
from signalcast.work.models import Job
from signalcast.work.pause import SCHEDULE
from signalcast.work.unpaused import in_force

#: The last run of each schedule that this process has seen written.
Seen = dict[str, str]


def schedule(seen: Seen) -> int:
    """Write due runs that SEEN does not hold, and note them there. Returns how many were new.

    The unique `schedule_run` makes one row of it; a look without anything due costs no statement.
    """
    written = 0
    seconds = int(clock.now().timestamp())
    for planned in SCHEDULES:
        run = f"{planned.job}@{seconds // planned.every * planned.every}"
        if seen.get(planned.job) == run:
            continue
        if in_force().filter(what=f"{SCHEDULE}{planned.job}").exists():
            seen[planned.job] = run  # left out
            continue
        _job, made = Job.objects.get_or_create(
            schedule_run=run, defaults={"name": planned.job, "queue": Queue.DEFAULT}
        )
        seen[planned.job] = run
        written += made
    if written:
        ring_after_commit(RUN_JOBS)
    return written
