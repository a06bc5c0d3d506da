"""Run jobs that are due, each once, for as long as it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.db import Error, connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.core.wake import ring
from signalcast.pipeline import CRASHES_TO_PARK, JOBS, LEASE_RENEWAL, RUN_JOBS, SCHEDULES
from signalcast.work.claim import Claimed, claim, due
from signalcast.work.complete import complete
from signalcast.work.models import Job
from signalcast.work.park import park
from signalcast.work.release import release
from signalcast.work.renew import renew

#: Seconds until a job that failed is tried again, times the number of its failures.
AFTER_FAILURE = 30.0
#: Seconds after which no other job is begun: signals that wait meanwhile go first.
LONGEST_TURN = 1.0


def run_jobs() -> int:
    """Work off due jobs until none is left or the turn is over. Returns how many were taken."""
    taken = 0
    until = time.monotonic() + LONGEST_TURN
    while due(Job):
        if time.monotonic() > until:
            ring(RUN_JOBS)
            break
        claimed = claim(Job, 1)
        if not claimed:
            break  # somebody else is about to take them
        with events.about(job=claimed[0].id):
            _run(Job.objects.get(pk=claimed[0].id), claimed[0])
        taken += 1
    return taken


def function_of(name: str) -> Callable[..., Any]:
    """The function behind a job's name. Raises LookupError."""
    places = {schedule.job: schedule.function for schedule in SCHEDULES} | JOBS
    if name not in places:
        raise LookupError(f"no job is called {name!r}")
    module, _colon, function = places[name].partition(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def _run(job: Job, row: Claimed) -> None:
    try:
        with _renewed(row):
            function_of(job.name)(**job.arguments)
    except Exception as error:  # the job's fault, whatever it is, belongs into its row
        _failed(job, row, error)
        return
    complete(Job, [row], state="done", finished_at=Now(), error="")
    events.emit("job.done", job=job.name, id=job.pk)


def _failed(job: Job, row: Claimed, error: Exception) -> None:
    tries = job.tries + 1
    events.warn("job.failed", job=job.name, id=job.pk, tries=tries, error=repr(error))
    if tries >= CRASHES_TO_PARK:
        reason = _("It failed %(tries)s times: %(error)s") % {"tries": tries, "error": error}
        park(Job, [row], reason=reason)
    else:
        release(Job, [row], after=AFTER_FAILURE * tries, tries=tries, error=repr(error))


@contextmanager
def _renewed(row: Claimed) -> Iterator[None]:
    """Keep the lease while the block runs, from a thread: a job may take hours."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(LEASE_RENEWAL):
            try:
                renew(Job, [row])
            except Error as error:  # the next renewal may be in time
                events.warn("job.not_renewed", id=row.id, error=str(error))
                connection.close()
        connection.close()

    thread = threading.Thread(target=keep, name=f"lease of job {row.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
