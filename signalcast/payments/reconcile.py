"""Compare what providers list with what they told, and store what never arrived."""

from __future__ import annotations

from datetime import timedelta

from signalcast.core import clock, events
from signalcast.payments.gateways.base import Gateway
from signalcast.payments.gateways.registry import ready
from signalcast.payments.models import ProviderEvent, Turn
from signalcast.payments.store_event import store_event

#: Providers list events of the last 30 days.
FIRST = timedelta(days=29)
#: Looked at again each time: events may be listed late.
OVERLAP = timedelta(days=3)
#: What is younger may still be on its way.
ON_ITS_WAY = timedelta(hours=1)


def reconcile() -> int:
    """Store, and so apply, every event that a provider lists and that never arrived.

    Returns how many there were. Raises Unreachable, so that the job is tried again.
    """
    return sum(_compare(one) for one in ready() if not one.by_hand)


def _compare(gateway: Gateway) -> int:
    turn, _new = Turn.objects.get_or_create(gateway=gateway.name)
    until = clock.now() - ON_ITS_WAY
    since = (turn.compared_until or until - FIRST) - OVERLAP
    listed = [event for event in gateway.recent(max(since, until - FIRST)) if event.at <= until]
    missing = [
        event
        for event in sorted(listed, key=lambda event: event.at)
        if store_event(gateway.name, event, via=ProviderEvent.Via.FOUND)
    ]
    Turn.objects.filter(pk=turn.pk).update(compared_until=until)
    if missing:
        types = ", ".join(sorted({event.type for event in missing}))
        events.warn("payment.missed", gateway=gateway.name, count=len(missing), types=types)
    return len(missing)
