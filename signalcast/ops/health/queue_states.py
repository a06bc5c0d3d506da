"""Whether rows wait longer than their queue's budget."""

from __future__ import annotations

from signalcast.core.clock import from_now
from signalcast.delivery.models import Delivery
from signalcast.intake.models import Receipt
from signalcast.pipeline import WAIT_BUDGET
from signalcast.work.models import Job

OK, LATE = "ok", "late"


def queue_states() -> dict[str, str]:
    """Whether each queue, by its label, is ok or late."""
    states = {}
    for queue, budget in WAIT_BUDGET.items():
        late = any(
            model._default_manager.filter(queue=queue, due__lt=from_now(-budget)).exists()
            for model in (Receipt, Job, Delivery)
        )
        states[queue.label] = LATE if late else OK
    return states
