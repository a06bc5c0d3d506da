"""Everything about one job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Length, Right
from django.utils.translation import gettext_lazy as _

from signalcast.core.clock import now
from signalcast.core.words import Words
from signalcast.ops.jobs.arguments import arguments
from signalcast.ops.jobs.find import find
from signalcast.ops.jobs.query import Query
from signalcast.ops.jobs.rerun import TAG, original
from signalcast.ops.jobs.rows import Standing, standing
from signalcast.pipeline import JOB_LIMIT, JOB_LIMITS, Queue
from signalcast.work.models import Job, JobAttempt, ProcessBeat

#: Characters of the arguments, and of the end of a log, that the page shows.
LONGEST_ARGUMENTS, LONGEST_LOG = 4_000, 6_000
#: Attempts that the page shows, the newest.
ATTEMPTS = 20
#: Reruns that it names.
RERUNS = 10


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, how long it took or takes, and the process if it still lives."""

    row: JobAttempt
    took: timedelta
    log: str
    log_is_cut: bool
    process: ProcessBeat | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a job tells. Arguments and logs are cut, and say so."""

    job: Job
    standing: Standing
    queue: str
    limit: float
    arguments: str
    arguments_length: int
    arguments_are_cut: bool
    attempts: list[Tried]
    attempts_left_out: int
    timeline: list[tuple[Words, datetime]]
    original: int | None
    reruns: list[int]

    @property
    def moves(self) -> bool:
        """Whether the page will soon say something else."""
        due = self.job.due
        return self.standing.state == "in-hand" or (due is not None and due <= now())


def show(job: Job) -> Shown:
    """What there is to know about JOB. Four statements, and one search for reruns."""
    text = arguments(job)
    tried = job.attempts.order_by("-pk")
    cut = tried.defer("log").annotate(log_length=Length("log"), log_end=Right("log", LONGEST_LOG))
    attempts = list(cut[:ATTEMPTS])
    count = tried.count() if len(attempts) == ATTEMPTS else len(attempts)
    return Shown(
        job=job,
        standing=standing(job),
        queue=Queue(job.queue).label,
        limit=JOB_LIMITS.get(job.name, JOB_LIMIT),
        arguments=text[:LONGEST_ARGUMENTS],
        arguments_length=len(text),
        arguments_are_cut=len(text) > LONGEST_ARGUMENTS,
        attempts=_tried(attempts),
        attempts_left_out=count - len(attempts),
        timeline=_timeline(job, attempts),
        original=original(job.tags),
        reruns=_reruns(job),
    )


def _tried(attempts: Sequence[JobAttempt]) -> list[Tried]:
    running = [one.process for one in attempts if one.outcome == JobAttempt.Outcome.RUNNING]
    alive = _processes(running)
    return [
        Tried(
            row=one,
            took=(one.finished_at or max(now(), one.started_at)) - one.started_at,
            log=_attribute(one, "log_end"),
            log_is_cut=_attribute(one, "log_length") > LONGEST_LOG,
            process=alive.get(one.process),
        )
        for one in attempts
    ]


def _attribute(row: JobAttempt, name: str) -> Any:
    return getattr(row, name)


def _processes(names: list[str]) -> dict[str, ProcessBeat]:
    """Those of the processes, named as host:process id, that say that they live."""
    found: dict[str, ProcessBeat] = {}
    for name in names:
        host, _colon, pid = name.rpartition(":")
        if pid.isdecimal():
            beat = ProcessBeat.objects.filter(host=host, pid=int(pid)).first()
            if beat:
                found[name] = beat
    return found


def _timeline(job: Job, attempts: Sequence[JobAttempt]) -> list[tuple[Words, datetime]]:
    moments: list[tuple[Words, datetime | None]] = [
        (_("asked for"), job.created_at),
        (_("cancelling since"), job.cancel_asked_at),
        (_("parked"), job.parked_at),
        (job.get_state_display(), job.finished_at),
        (_("due"), job.due),
    ]
    for attempt in attempts:
        moments.append((_("begun"), attempt.started_at))
        if attempt.outcome != JobAttempt.Outcome.DONE:
            moments.append((attempt.get_outcome_display(), attempt.finished_at))
    return sorted(
        ((label, at) for label, at in moments if at is not None), key=lambda moment: moment[1]
    )


def _reruns(job: Job) -> list[int]:
    if job.finished_at is None:
        return []
    query = Query(name=job.name, tags=(f"{TAG}{job.pk}",))
    return find(query).ids[:RERUNS]
