"""Forget what checks said long ago."""

from __future__ import annotations

from datetime import timedelta

from signalcast.core.clock import now
from signalcast.ops.health.models import CheckNote

#: Days that notes are kept.
KEPT = 30
#: Rows of one statement, so that no lock is held for long.
BATCH = 1_000


def prune_check_notes() -> int:
    """Delete notes past their days. Returns how many."""
    old = CheckNote.objects.filter(at__lt=now() - timedelta(days=KEPT))
    pruned = 0
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        pruned += CheckNote.objects.filter(pk__in=ids).delete()[0]
    return pruned
