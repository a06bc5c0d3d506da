"""What tests of the console bring about: processes that live, and messages that arrived."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from signalcast.core.clock import from_now
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.states import DeliveryState, Outcome
from signalcast.work.models import ProcessBeat

NEEDED = ("web", "worker", "sender", "scheduler")


def live(*roles: str, seen: float = 0.0) -> None:
    """Processes of these roles, or of all that there should be, seen so many seconds from now."""
    for role in roles or NEEDED:
        ProcessBeat.objects.create(
            host="host-1", role=role, name=f"{role}-0", pid=12, seen_at=from_now(seen)
        )


def deliver(*, took: float = 0.25, outcome: str = Outcome.ACCEPTED, ago: float = 1.0) -> None:
    """One more attempt at every delivery: it ended so many seconds AGO, TOOK after the request."""
    for delivery in Delivery.objects.select_related("post__revision__receipt"):
        receipt = delivery.post.revision.receipt if delivery.post.revision else None
        if receipt:
            type(receipt).objects.filter(pk=receipt.pk).update(received_at=from_now(-ago - took))
        state = DeliveryState.SENT if outcome == Outcome.ACCEPTED else delivery.state
        Delivery.objects.filter(pk=delivery.pk).update(
            state=state, finished_at=from_now(-ago), due=None
        )
        started = timezone.now() - timedelta(seconds=ago)
        Attempt.objects.create(
            delivery=delivery, started_at=started, duration=0, outcome=outcome, status=200
        )
