"""Somebody has seen it: no reminder is sent any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.core import events
from signalcast.ops.alerts.models import Alert


def acknowledge(pk: int, *, by: str) -> bool:
    """Acknowledge an alert that lasts. False when it is over, or somebody was faster."""
    mine = Alert.objects.filter(pk=pk, resolved_at__isnull=True, acknowledged_at__isnull=True)
    with transaction.atomic():
        if not mine.update(acknowledged_at=Now(), acknowledged_by=by[:254]):
            return False
        key = Alert.objects.values_list("key", flat=True).get(pk=pk)
        audit("alerts.acknowledged", by=by, target=key, alert=pk)
    events.emit("alert.acknowledged", alert=pk, by=by)
    return True
