"""Take due rows in hand, so that nobody else works on them while the lease lasts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from signalcast.core.age import Age
from signalcast.core.among import some
from signalcast.core.clock import from_now
from signalcast.core.prepared import MANY, Prepared, prepare, prepared_update
from signalcast.core.process import process_name
from signalcast.pipeline import LEASE, Queue
from signalcast.work.life import life
from signalcast.work.meter import meter
from signalcast.work.models import Work
from signalcast.work.resting import resting
from signalcast.work.unpaused import unpaused

_NEXT = F("generation") + 1


class Claimed(NamedTuple):
    """A row in hand. Whatever is done to it later must name the generation it was claimed with."""

    #: The row's primary key: a number or a UUID.
    id: Any
    generation: int


def due(
    model: type[Work], *, queues: tuple[Queue, ...] = tuple(Queue), within: float = 0.0
) -> bool:
    """Whether any row is due WITHIN seconds, and may be claimed by this process.

    One statement, no transaction, so that idling costs little.
    """
    if resting():
        return False
    return bool(_first_due(connection.vendor, model, queues, within).rows())


def claim(
    model: type[Work], limit: int, *, queues: tuple[Queue, ...] = tuple(Queue), lease: float = LEASE
) -> list[Claimed]:
    """Claim up to LIMIT due rows for LEASE seconds: the most urgent queue first, oldest due first.

    Two statements and no RETURNING, the same on every engine: lock, then mark.
    """
    claimed: list[Claimed] = []
    if resting():
        return claimed
    key = model._meta.pk.to_python
    with transaction.atomic():
        for queue in queues:
            waiting = _waiting(connection.vendor, model, queue)
            found = waiting.at_most(limit - len(claimed)).rows()
            claimed += [Claimed(key(pk), generation + 1) for pk, generation, _age in found]
            if found:
                meter.waited(model._meta.model_name, queue, [age for *_row, age in found])
            if len(claimed) >= limit:
                break
        if claimed:
            changes = {
                "due": None,
                "leased_until": from_now(lease),
                "claimed_by": process_name(),
                "generation": _NEXT,
            }
            prepared_update(model, some, changes).about([row.id for row in claimed]).run()
            life.show()
    return claimed


@lru_cache(maxsize=64)
def _first_due(
    _engine: str, model: type[Work], queues: tuple[Queue, ...], within: float
) -> Prepared:
    until = from_now(within) if within else Now()
    rows = model._default_manager.filter(queue__in=queues, due__lte=until)
    return prepare(unpaused(rows).values_list("pk")[:1])


@lru_cache(maxsize=64)
def _waiting(_engine: str, model: type[Work], queue: Queue) -> Prepared:
    rows = unpaused(model._default_manager.filter(queue=queue, due__lte=Now()))
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return prepare(rows.order_by("due", "pk").values_list("pk", "generation", Age("due"))[:MANY])
