"""Run jobs that are due, each once, for as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import events, trace
from signalcast.core.stopping import stopping
from signalcast.core.wake import ring
from signalcast.pipeline import (
    CRASHES_TO_PARK,
    JOB_LIMIT,
    JOB_LIMITS,
    JOBS,
    RUN_JOBS,
    SCHEDULES,
    Queue,
)
from signalcast.work.attempt import Attempt
from signalcast.work.claim import Claimed, claim, due
from signalcast.work.complete import complete
from signalcast.work.describe_error import describe_error
from signalcast.work.interrupt import Cancelled, GaveWay, Lost, TimedOut
from signalcast.work.meter import meter
from signalcast.work.models import Job, JobAttempt
from signalcast.work.park import park
from signalcast.work.release import release
from signalcast.work.tally import tally

Outcome = JobAttempt.Outcome

#: Seconds until a job that failed is tried again, times the number of its failures.
AFTER_FAILURE = 30.0
#: Seconds after which no other job is begun: signals that wait meanwhile go first.
LONGEST_TURN = 1.0


def run_jobs(queues: tuple[Queue, ...] = tuple(Queue)) -> int:
    """Work off due jobs until none is left or the turn is over. Returns how many were taken."""
    taken = 0
    until = time.monotonic() + LONGEST_TURN
    while due(Job, queues=queues):
        if time.monotonic() > until or stopping():
            ring(RUN_JOBS)
            break
        claimed = claim(Job, 1, queues=queues)
        if not claimed:
            break  # somebody else is about to take them
        job = Job.objects.get(pk=claimed[0].id)
        tally.doing = f"{job.name} ({job.pk})"
        began = time.monotonic()
        with events.about(job=job.pk), trace.span("job", job=job.pk, name=job.name):
            well = _run(job, claimed[0])
        meter.ran("job", job.queue, [time.monotonic() - began], failed=not well)
        tally.doing = ""
        tally.handled += 1
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


def _run(job: Job, row: Claimed) -> bool:
    """Run it. Returns whether it ended well, or as somebody wanted."""
    attempt = Attempt(job, row, limit=JOB_LIMITS.get(job.name, JOB_LIMIT))
    try:
        with attempt:
            function_of(job.name)(**job.arguments)
    except Cancelled as reason:
        with transaction.atomic():
            _settle(job, row, state=Job.State.CANCELLED, error=str(reason))
            attempt.end(Outcome.CANCELLED, str(reason))
        return True
    except Lost as reason:
        attempt.end(Outcome.LOST, str(reason))
    except GaveWay as reason:
        with transaction.atomic():
            release(Job, [row])
            attempt.end(Outcome.GAVE_WAY, str(reason))
        ring(RUN_JOBS)
    except (Exception, TimedOut) as error:  # the job's fault, whatever it is, belongs into its row
        line, whole = describe_error(error)
        with transaction.atomic():
            _failed(job, row, line)
            attempt.end(Outcome.TIMED_OUT if isinstance(error, TimedOut) else Outcome.FAILED, whole)
    else:
        # Both or none: a process that is killed in between leaves no try that seems to run on.
        with transaction.atomic():
            mine = _settle(job, row, state=Job.State.DONE, error="")
            attempt.end(Outcome.DONE if mine else Outcome.LOST)
        return mine
    return False


def _settle(job: Job, row: Claimed, *, state: Job.State, error: str) -> bool:
    """Finish it, unless somebody else has it by now."""
    mine = complete(Job, [row], state=state, finished_at=Now(), error=error)
    if mine:
        events.emit(f"job.{state.value}", job=job.name, id=job.pk)
    return bool(mine)


def _failed(job: Job, row: Claimed, error: str) -> None:
    tries = job.tries + 1
    events.warn("job.failed", job=job.name, id=job.pk, tries=tries, error=error)
    if tries >= CRASHES_TO_PARK:
        reason = _("It failed %(tries)s times: %(error)s") % {"tries": tries, "error": error}
        park(Job, [row], reason=reason)
    else:
        release(Job, [row], after=AFTER_FAILURE * tries, tries=tries, error=error)
