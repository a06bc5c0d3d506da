"""What workers do when a bell rings."""

from __future__ import annotations

from celery import shared_task

from signalcast.pipeline import RUN_JOBS
from signalcast.work.run_jobs import run_jobs


@shared_task(name=RUN_JOBS.task)
def run_run_jobs() -> None:
    """Work off due jobs."""
    run_jobs()
