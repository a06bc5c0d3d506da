"""Set rows aside that can't be worked off, with the reason, until a person redrives them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.models import Work


def park(model: type[Work], claimed: Iterable[Claimed], *, reason: str) -> int:
    """Park the rows that are still in hand."""
    count = change(
        model, claimed, due=None, leased_until=None, parked_at=Now(), parked_reason=reason
    )
    if count:
        events.warn("work.parked", row=model._meta.label, count=count, reason=reason)
    return count
