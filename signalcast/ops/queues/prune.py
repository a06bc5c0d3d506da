"""Forget what queues did long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from signalcast.ops.queues.models import STEPS, DeployMark, ProcessMinute, QueueStep

#: How long steps and marks are kept, and what single processes told.
KEPT = timedelta(days=30)
PROCESSES_KEPT = timedelta(hours=3)
#: What a host wrote whose clock was wrong by more is no history.
AHEAD = timedelta(days=1)
#: Rows of one statement, so that no lock is held for long.
BATCH = 500


def prune_queue_history() -> int:
    """Delete what is past its time. Returns how many rows."""
    pruned = _delete(ProcessMinute.objects.filter(at__lt=Now() - PROCESSES_KEPT, fresh=None))
    pruned += _delete(ProcessMinute.objects.filter(at__lt=Now() - KEPT))
    pruned += _delete(ProcessMinute.objects.filter(at__gt=Now() + AHEAD))
    for step in STEPS:
        rows = QueueStep.objects.filter(step=step)
        pruned += _delete(rows.filter(at__lt=Now() - KEPT))
        pruned += _delete(rows.filter(at__gt=Now() + AHEAD))
    newest = DeployMark.objects.order_by("-at").values("pk")[:1]
    kept = {row["pk"] for row in newest}
    pruned += _delete(DeployMark.objects.filter(at__lt=Now() - KEPT).exclude(pk__in=kept))
    return pruned


def _delete(rows: QuerySet[Any]) -> int:
    pruned = 0
    while ids := list(rows.values_list("pk", flat=True)[:BATCH]):
        pruned += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return pruned
