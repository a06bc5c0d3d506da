"""What the scheduler does between two looks at the clock: nothing that waits is forgotten."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Value
from django.db.models.functions import Now

from signalcast.core.wake import ring
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.pipeline import PUBLISH, RUN_JOBS, SEND
from signalcast.work.models import Job, Work
from signalcast.work.rescue import rescue
from signalcast.work.run_jobs import run_jobs

#: Seconds a row may be due before somebody should have claimed it.
OVERDUE = timedelta(seconds=2)


def watch() -> int:
    """Take back lost rows, ring for overdue ones and work receipts and jobs off in person.

    The bell may be what is broken, so ringing is not enough. Returns how many rows were touched;
    an idle look costs one statement for each kind of row.
    """
    touched = 0
    for model, changes in ((Receipt, {}), (Delivery, {"maybe_received": True}), (Job, {})):
        waiting = _look(model)
        if "lost" in waiting:
            touched += rescue(model, **changes)
        if waiting:
            touched += _wake(model)
    return touched


def _look(model: type[Work]) -> set[str]:
    """In one statement: is anything overdue, has anything lost its process?"""
    overdue = model._default_manager.filter(due__lt=Now() - OVERDUE)
    lost = model._default_manager.filter(leased_until__lt=Now())
    rows = overdue.values_list(Value("overdue"))[:1].union(
        lost.values_list(Value("lost"))[:1], all=True
    )
    return {kind for (kind,) in rows}


def _wake(model: type[Work]) -> int:
    if model is Receipt:
        ring(PUBLISH)
        return publish()
    if model is Job:
        ring(RUN_JOBS)
        return run_jobs()
    ring(SEND)
    return 0
