"""Send a receiver a test, from this very process."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.channels.base import Outcome
from signalcast.core import events
from signalcast.core.ids import new_id
from signalcast.ops.alerts.compose_notice import compose_test
from signalcast.ops.alerts.deliver import Letter, address_of, deliver
from signalcast.ops.alerts.models import Receiver


def try_receiver(receiver: Receiver, *, by: str) -> str:
    """Why the test did not get there, in words; empty when it did. Takes some seconds at most.

    BY is who asked for it.
    """
    letter = Letter(f"alert-test-{new_id()}", receiver.kind, address_of(receiver), compose_test())
    [result] = deliver([letter])
    arrived = result.outcome == Outcome.ACCEPTED
    problem = "" if arrived else result.detail or str(result.outcome)
    rows = Receiver.objects.filter(pk=receiver.pk)
    with transaction.atomic():
        rows.update(last_error=problem, **({"last_sent_at": Now()} if arrived else {}))
        audit("alerts.receiver_tested", by=by, target=str(receiver), arrived=arrived)
    events.emit("alert.receiver_tried", receiver=receiver.pk, arrived=arrived)
    return problem
