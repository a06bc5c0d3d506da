"""Tell nobody for a while: something is being worked on."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.core import events
from signalcast.core.clock import from_now
from signalcast.ops.alerts.models import Maintenance

#: Minutes of the longest maintenance: a week.
LONGEST = 10_080


def silence(
    minutes: int, *, begins_in: int = 0, rule: str = "", reason: str = "", by: str
) -> Maintenance:
    """Begin a maintenance, or plan one that begins in so many minutes.

    Alerts are noted meanwhile; what still lasts at its end is told.
    """
    told: dict[str, Any] = {"minutes": minutes, "begins_in": begins_in, "reason": reason}
    with transaction.atomic():
        made = Maintenance.objects.create(
            starts_at=from_now(60 * begins_in),
            ends_at=from_now(60 * (begins_in + minutes)),
            rule=rule,
            reason=reason[:200],
            by=by[:254],
        )
        audit("alerts.silenced", by=by, target=rule or "all", **told)
    made.refresh_from_db()
    events.emit("alert.silenced", by=by, rule=rule, **told)
    return made


def end_silence(*, by: str) -> int:
    """End every maintenance that lasts or is planned. Returns how many there were."""
    with transaction.atomic():
        ended = Maintenance.objects.filter(ends_at__gt=Now()).update(ends_at=Now())
        audit("alerts.silence_ended", by=by, count=ended)
    events.emit("alert.silence_ended", count=ended, by=by)
    return ended
