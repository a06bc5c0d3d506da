"""Somebody has seen it: no reminder is sent any more."""

from __future__ import annotations

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.ops.alerts.models import Alert


def acknowledge(pk: int, *, by: str) -> bool:
    """Acknowledge an alert that lasts. False when it is over, or somebody was faster."""
    mine = Alert.objects.filter(pk=pk, resolved_at__isnull=True, acknowledged_at__isnull=True)
    done = bool(mine.update(acknowledged_at=Now(), acknowledged_by=by[:254]))
    if done:
        events.emit("alert.acknowledged", alert=pk, by=by)
    return done
