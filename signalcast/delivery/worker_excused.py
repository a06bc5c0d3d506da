"""Whether a worker that has been still for a while is so for a good reason."""

from __future__ import annotations

from datetime import timedelta

from django.db import Error, connection
from django.db.models.functions import Now

from signalcast.core.wake import ring
from signalcast.intake.models import Receipt
from signalcast.pipeline import PUBLISH, RUN_JOBS, Queue
from signalcast.work.life import life
from signalcast.work.models import Job, Work
from signalcast.work.resting import resting
from signalcast.work.unpaused import unpaused

#: Seconds for which a row must have been due to count as neglected.
NEGLECTED = timedelta(seconds=30)


def worker_excused() -> bool:
    """A job in hand has a limit of its own, and who rests or finds nothing due is to be still.

    Otherwise its bells may have got lost, so they are rung once more: who hears them shows it. A
    broker or a database that is away is no fault of the worker's.
    """
    if resting() or life.in_job:
        return True
    if life.in_turn:
        return False
    try:
        neglected = _neglected(Receipt) or _neglected(Job)
    except Error:
        neglected = False
    finally:
        connection.close()  # once a minute at most: not worth a connection that stays
    return not neglected or not (ring(PUBLISH) and ring(RUN_JOBS))


def _neglected(model: type[Work]) -> bool:
    rows = unpaused(model._default_manager.filter(queue__in=list(Queue), due__lt=Now() - NEGLECTED))
    return bool(rows.values("pk")[:1])
