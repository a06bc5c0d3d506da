"""Give parked rows another chance."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.work.models import Work


def redrive(model: type[Work], ids: Iterable[object]) -> int:
    """Make parked rows due now, with a clean count of crashes. Returns how many were parked."""
    count = model._default_manager.filter(pk__in=list(ids), parked_at__isnull=False).update(
        due=Now(), tries=0, parked_at=None, parked_reason=""
    )
    if count:
        events.emit("work.redriven", row=model._meta.label, count=count)
    return count
