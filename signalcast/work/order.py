"""Tell processes what to do: one, those of a host, or all."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.core import events
from signalcast.work.models import ProcessBeat


def order(what: ProcessBeat.Order, processes: QuerySet[ProcessBeat], *, by: str) -> int:
    """Have PROCESSES do WHAT at their next beat. A later order replaces one not yet heard.

    Returns how many were told.
    """
    count = processes.update(order=what)
    if count:
        events.emit("processes.told", order=what.value, count=count, by=by)
    return count
