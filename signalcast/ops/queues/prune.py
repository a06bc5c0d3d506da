"""Forget what queues did long ago."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from signalcast.core.delete_in_parts import delete_in_parts
from signalcast.ops.queues.models import STEPS, DeployMark, ProcessMinute, QueueStep

#: How long steps and marks are kept, and what single processes told.
KEPT = timedelta(days=30)
PROCESSES_KEPT = timedelta(hours=3)
#: What a host wrote whose clock was wrong by more is no history.
AHEAD = timedelta(days=1)


def prune_queue_history() -> int:
    """Delete what is past its time. Returns how many rows."""
    pruned = delete_in_parts(
        ProcessMinute.objects.filter(at__lt=Now() - PROCESSES_KEPT, fresh=None)
    )
    pruned += delete_in_parts(ProcessMinute.objects.filter(at__lt=Now() - KEPT))
    pruned += delete_in_parts(ProcessMinute.objects.filter(at__gt=Now() + AHEAD))
    for step in STEPS:
        rows = QueueStep.objects.filter(step=step)
        pruned += delete_in_parts(rows.filter(at__lt=Now() - KEPT))
        pruned += delete_in_parts(rows.filter(at__gt=Now() + AHEAD))
    newest = DeployMark.objects.order_by("-at").values("pk")[:1]
    kept = {row["pk"] for row in newest}
    pruned += delete_in_parts(DeployMark.objects.filter(at__lt=Now() - KEPT).exclude(pk__in=kept))
    return pruned
