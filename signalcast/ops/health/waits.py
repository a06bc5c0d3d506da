"""How long the oldest due row of each queue has been waiting."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from signalcast.core.clock import read_moment, sql_now
from signalcast.delivery.models import Delivery
from signalcast.intake.models import Receipt
from signalcast.pipeline import Queue
from signalcast.work.models import Job, Pause, Work

KINDS: dict[str, type[Work]] = {"receipt": Receipt, "delivery": Delivery, "job": Job}


class Place(NamedTuple):
    """One queue of one kind of row."""

    kind: str
    queue: Queue


PLACES = tuple(Place(kind, queue) for kind in KINDS for queue in Queue)


def waits() -> dict[Place, float]:
    """The age of the oldest due row, in seconds, where any row is due.

    One statement of one look into an index for each queue: it costs the same whatever the backlog.
    Rows that wait for later and those of paused queues are not late, and whether anybody works is
    not asked: a queue that nobody serves is the one that ages.
    """
    pauses = connection.ops.quote_name(Pause._meta.db_table)
    until = connection.ops.quote_name("until")
    looks = (
        f"(SELECT MIN(due) FROM {connection.ops.quote_name(KINDS[place.kind]._meta.db_table)}"  # noqa: S608 - our own names and numbers
        f" WHERE queue = {int(place.queue)} AND due <= {sql_now()}"
        f" AND NOT EXISTS (SELECT 1 FROM {pauses} WHERE queue = {int(place.queue)}"
        f" AND ({until} IS NULL OR {until} > {sql_now()})))"
        for place in PLACES
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql_now()}, {', '.join(looks)}")
        now, *oldest = cursor.fetchone()
    return {
        place: max((read_moment(now) - read_moment(due)).total_seconds(), 0.0)
        for place, due in zip(PLACES, oldest, strict=True)
        if due is not None
    }


def by_queue(found: dict[Place, float]) -> dict[Queue, float]:
    """The longest wait in each queue, over all kinds of rows; 0 where nothing is due."""
    return {
        queue: max((age for place, age in found.items() if place.queue == queue), default=0.0)
        for queue in Queue
    }
