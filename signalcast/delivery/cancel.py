"""Stop a delivery that waits, because a person says so."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import OPEN, DeliveryState


def cancel(ids: Iterable[int], *, reason: str = "") -> int:
    """Cancel deliveries that wait or are parked. Returns how many: one in hand is being sent."""
    count = Delivery.objects.filter(pk__in=list(ids), state__in=OPEN, leased_until=None).update(
        state=DeliveryState.CANCELLED,
        reason=reason,
        due=None,
        parked_at=None,
        parked_reason="",
        finished_at=Now(),
    )
    if count:
        events.emit("delivery.cancelled", count=count)
    return count
