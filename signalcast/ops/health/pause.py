"""Leave a check out for a while."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.core import events
from signalcast.core.clock import from_now
from signalcast.ops.health.models import CheckState


def pause(name: str, seconds: float, *, host: str | None = None, by: str) -> int:
    """Do not run a check for so many SECONDS; 0 resumes it. On one HOST, or on all of them.

    BY is who asked for it, for the log.
    Returns how many rows it changed: 0 when there is no such check.
    """
    rows = CheckState.objects.filter(name=name)
    if host is not None:
        rows = rows.filter(host=host)
    until = from_now(seconds) if seconds else None
    action = "checks.paused" if seconds else "checks.resumed"
    with transaction.atomic():
        changed = rows.update(paused_until=until)
        if changed:
            target = f"{name} {host or ''}".strip()
            audit(action, by=by, target=target, count=changed, seconds=seconds)
    events.emit("check.paused" if seconds else "check.resumed", check=name, seconds=seconds, by=by)
    return changed
