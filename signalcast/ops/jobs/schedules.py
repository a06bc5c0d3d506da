"""What runs by the clock: when next, when last, how long it took, what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median

from signalcast.core.clock import now
from signalcast.pipeline import SCHEDULES, Schedule
from signalcast.work.models import Job, JobAttempt, Pause
from signalcast.work.pause import SCHEDULE
from signalcast.work.unpaused import in_force

#: Runs by the clock that are looked back at, and runs whose durations count.
LOOKED_BACK, TIMED = 24, 10
#: Seconds after its time from which a run that nobody wrote counts as missed.
LATE = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One schedule. LAST is its newest job, by the clock or by hand."""

    name: str
    every: timedelta
    next: datetime
    last: Job | None
    #: Of the newest attempt that was done, and the median of the last ones.
    took: timedelta | None
    usual: timedelta | None
    #: Moments of the last runs by the clock that nobody wrote, newest first.
    missed: list[datetime]
    pause: Pause | None


def schedules() -> list[Line]:
    """All schedules, in the order of the pipeline's table."""
    pauses = {pause.what: pause for pause in in_force().filter(what__startswith=SCHEDULE)}
    return [_line(planned, pauses.get(f"{SCHEDULE}{planned.job}")) for planned in SCHEDULES]


def _line(planned: Schedule, pause: Pause | None) -> Line:
    jobs = Job.objects.filter(name=planned.job).defer("arguments")
    seconds = int(now().timestamp())
    due = seconds // planned.every * planned.every
    took = _durations(planned.job)
    return Line(
        name=planned.job,
        every=timedelta(seconds=planned.every),
        next=_moment(due + planned.every),
        last=jobs.order_by("-pk").first(),
        took=took[0] if took else None,
        usual=timedelta(seconds=median(one.total_seconds() for one in took)) if took else None,
        missed=_missed(planned, due, seconds),
        pause=pause,
    )


def _durations(name: str) -> list[timedelta]:
    jobs = Job.objects.filter(name=name).order_by("-pk").values_list("pk", flat=True)[:TIMED]
    done = JobAttempt.objects.filter(job__in=list(jobs), outcome=JobAttempt.Outcome.DONE)
    times = done.order_by("-pk").values_list("started_at", "finished_at")
    return [ended - began for began, ended in times if ended is not None]


def _missed(planned: Schedule, due: int, seconds: int) -> list[datetime]:
    """Runs without a row, since there were any: before its first one nothing can be missed."""
    first = Job.objects.filter(name=planned.job, schedule_run__isnull=False).order_by("pk")
    began = first.values_list("created_at", flat=True).first()
    if began is None:
        return []
    moments = [due - at * planned.every for at in range(LOOKED_BACK)]
    expected = {
        f"{planned.job}@{at}": at
        for at in moments
        if at > began.timestamp() and seconds - at > LATE
    }
    written = Job.objects.filter(schedule_run__in=expected).values_list("schedule_run", flat=True)
    gone = expected.keys() - set(written)
    return sorted((_moment(expected[run]) for run in gone), reverse=True)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
