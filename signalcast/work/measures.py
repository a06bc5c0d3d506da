"""What is counted and timed of jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from signalcast.core.measure import Count, Timing
from signalcast.pipeline import JOBS, SCHEDULES

ATTEMPTS = Count(
    "signalcast_job_attempts_total", "Tries of jobs, by name and how they ended.", "name", "outcome"
)
RUNTIME = Timing("signalcast_job_runtime_seconds", "Time that one try of a job took.", "name")

_NAMES = {schedule.job for schedule in SCHEDULES} | set(JOBS)


def measure_job(name: str, outcome: str, seconds: float) -> None:
    """Count a try that has ended. Rows may carry any name; unknown ones share one."""
    count_jobs([name], outcome)
    RUNTIME.note(_known(name), seconds=seconds)


def count_jobs(names: Sequence[str], outcome: str) -> None:
    """Count tries that ended alike."""
    for name, count in Counter(map(_known, names)).items():
        ATTEMPTS.add(name, outcome, by=count)


def _known(name: str) -> str:
    return name if name in _NAMES else "unknown"
