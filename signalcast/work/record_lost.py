"""Write down the attempts whose process died."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from signalcast.work.measures import count_jobs
from signalcast.work.models import JobAttempt


def record_lost(jobs: Sequence[int]) -> None:
    """End the running attempts of JOBS, as their leases ran out."""
    running = JobAttempt.objects.filter(job__in=jobs, outcome=JobAttempt.Outcome.RUNNING)
    names = list(running.values_list("job__name", flat=True))
    transaction.on_commit(lambda: count_jobs(names, JobAttempt.Outcome.LOST.value))
    running.update(outcome=JobAttempt.Outcome.LOST, finished_at=Now())
