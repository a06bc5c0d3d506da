"""Forget what is over."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from signalcast.pipeline import JOBS_KEPT_DAYS
from signalcast.work.models import Job, JobAttempt, Pause, ProcessBeat, ScalingDecision

#: Jobs deleted at a time: few enough that nobody waits for the lock.
CHUNK = 200
#: Days that processes are remembered that never said that they end.
BEATS_KEPT = timedelta(days=1)


def prune_work() -> int:
    """Delete finished jobs and scaling decisions over 30 days old, and what else is stale.

    Returns how many jobs went.
    """
    old = Now() - timedelta(days=JOBS_KEPT_DAYS)
    count = 0
    while ids := list(Job.objects.filter(finished_at__lt=old).values_list("pk", flat=True)[:CHUNK]):
        JobAttempt.objects.filter(job__in=ids).delete()
        count += Job.objects.filter(pk__in=ids).delete()[0]
    ScalingDecision.objects.filter(at__lt=old).delete()
    Pause.objects.filter(until__lt=Now()).delete()
    ProcessBeat.objects.filter(seen_at__lt=Now() - BEATS_KEPT).delete()
    return count
