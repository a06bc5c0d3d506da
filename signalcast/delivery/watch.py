"""What the scheduler does between two looks at the clock: nothing that waits is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from signalcast.core.wake import ring
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.delivery.record_crashes import record_crashes
from signalcast.intake.models import Receipt
from signalcast.pipeline import PUBLISH, RUN_JOBS, SEND, Queue
from signalcast.work.models import Job, Work
from signalcast.work.record_lost import record_lost
from signalcast.work.rescue import rescue
from signalcast.work.run_jobs import run_jobs

#: Seconds a row may be due before somebody should have claimed it.
OVERDUE = timedelta(seconds=2)
#: The rows to look at, and what a rescue changes in them: a send that was cut off may have arrived.
KINDS: tuple[tuple[type[Work], dict[str, Any]], ...] = (
    (Receipt, {}),
    (Delivery, {"record": record_crashes, "maybe_received": True}),
    (Job, {"record": record_lost}),
)


def watch() -> int:
    """Take back lost rows, ring for overdue ones and work receipts and jobs off in person.

    The bell may be what is broken, so ringing is not enough. Returns how many rows were touched;
    an idle look costs one statement for each kind of row.
    """
    touched = 0
    for model, changes in KINDS:
        if _something_waits(model):
            touched += rescue(model, **changes) + _wake(model)
    return touched


def _something_waits(model: type[Work]) -> bool:
    """In one statement over two indexes: is anything overdue, or lost its process?"""
    overdue = Q(queue__in=list(Queue), due__lt=Now() - OVERDUE)
    rows = model._default_manager.filter(overdue | Q(leased_until__lt=Now()))
    return bool(rows.values("pk")[:1])


def _wake(model: type[Work]) -> int:
    if model is Receipt:
        ring(PUBLISH)
        return publish()
    if model is Job:
        # A job may take long, and the next look must not wait for it: only if nobody hears.
        return 1 if ring(RUN_JOBS) else run_jobs()
    ring(SEND)
    return 0
