"""Keep what a provider told, before anything is done about it."""

from __future__ import annotations

from django.db import transaction

from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.payments.gateways.base import Event
from signalcast.payments.models import ProviderEvent
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.models import Job

#: The job that applies one.
JOB = "apply_provider_event"


def store_event(gateway: str, event: Event, *, via: str = ProviderEvent.Via.DOOR) -> bool:
    """Store an event with the job that applies it. Returns whether it was new.

    It is committed when this returns, unless the caller holds a transaction open.
    """
    with transaction.atomic():
        row, new = ProviderEvent.objects.get_or_create(
            gateway=gateway,
            event_id=event.id,
            defaults={
                "type": event.type[:100],
                "happened_at": event.at,
                "body": event.body,
                "via": via,
            },
        )
        if new:
            Job.objects.create(
                name=JOB,
                queue=Queue.DEFAULT,
                arguments={"event": row.pk},
                tags=f"{gateway} {event.id}"[:200],
            )
            ring_after_commit(RUN_JOBS)
    events.emit("payment.told", gateway=gateway, id=event.id, type=event.type, new=new)
    return new
