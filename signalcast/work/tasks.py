"""What workers do when a bell rings."""

from __future__ import annotations

from celery import shared_task
from django.db import close_old_connections

from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.job_slot import job_slot
from signalcast.work.life import life
from signalcast.work.run_jobs import run_jobs


@shared_task(name=RUN_JOBS.task)
def run_run_jobs() -> None:
    """Work off due jobs."""
    close_old_connections()  # the database may have been restarted since the last bell
    with life.turn(), job_slot() as free:
        run_jobs(tuple(Queue) if free else (Queue.HIGH,))
