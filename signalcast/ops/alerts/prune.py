"""Forget alerts that were over long ago."""

from __future__ import annotations

from datetime import timedelta

from signalcast.core.clock import now
from signalcast.ops.alerts.models import Alert, Maintenance

#: Days that alerts are kept after they were resolved.
KEPT = 90
BATCH = 500


def prune_alerts() -> int:
    """Delete old alerts with their notices, and maintenances. Returns how many alerts."""
    long_ago = now() - timedelta(days=KEPT)
    Maintenance.objects.filter(ends_at__lt=long_ago).delete()
    pruned = 0
    while ids := list(
        Alert.objects.filter(resolved_at__lt=long_ago).values_list("pk", flat=True)[:BATCH]
    ):
        Alert.objects.filter(pk__in=ids).delete()
        pruned += len(ids)
    return pruned
