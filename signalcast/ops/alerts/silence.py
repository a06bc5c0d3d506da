"""Tell nobody for a while: something is being worked on."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.core import events
from signalcast.core.clock import now
from signalcast.ops.alerts.models import Maintenance

#: Minutes of the longest maintenance: a week.
LONGEST = 10_080


def silence(minutes: int, *, rule: str = "", reason: str = "", by: str) -> Maintenance:
    """Begin a maintenance. Alerts are noted meanwhile; what still lasts at its end is told."""
    ends_at = now() + timedelta(minutes=minutes)
    with transaction.atomic():
        made = Maintenance.objects.create(
            ends_at=ends_at, rule=rule, reason=reason[:200], by=by[:254]
        )
        audit("alerts.silenced", by=by, target=rule or "all", minutes=minutes, reason=reason)
    events.emit("alert.silenced", minutes=minutes, rule=rule, by=by, reason=reason)
    return made


def end_silence(*, by: str) -> int:
    """End every maintenance that lasts. Returns how many did."""
    with transaction.atomic():
        ended = Maintenance.objects.filter(ends_at__gt=Now()).update(ends_at=Now())
        audit("alerts.silence_ended", by=by, count=ended)
    events.emit("alert.silence_ended", count=ended, by=by)
    return ended
