"""Receipts and deliveries that were set aside: listed, and given another chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.core.wake import Bell, ring_after_commit
from signalcast.delivery.models import Delivery
from signalcast.intake.models import Receipt
from signalcast.ops.jobs.acts import BATCH
from signalcast.ops.jobs.carry_out import carry_out
from signalcast.ops.jobs.query import WrongQuery
from signalcast.pipeline import PUBLISH, RUN_JOBS, SEND, Queue
from signalcast.work.models import Job, Work
from signalcast.work.redrive import redrive

#: What the job is called that redrives many.
JOB = "redrive_parked"
SIZE = 50
#: Rows of a kind that are counted for a page.
COUNTED = 10_000
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row, the bell that tells who works on it, and what a list leaves out or brings."""

    name: str
    model: type[Work]
    bell: Bell
    related: tuple[str, ...]
    left_out: tuple[str, ...]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("receipt", Receipt, PUBLISH, ("source",), ("body",)),
        Kind("delivery", Delivery, SEND, ("post__feed", "destination"), ("post__data",)),
    )
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, those that were parked last first, and where the next page goes on."""

    rows: list[Any]
    after: str


def parked_rows(kind: Kind, text: str) -> QuerySet[Any]:
    """Parked rows whose reason has TEXT in it."""
    rows = kind.model._default_manager.filter(parked_at__isnull=False)
    if not text:
        return rows
    # In small letters: MariaDB's `icontains` follows the collation.
    low = rows.alias(low_reason=Lower("parked_reason"))
    return low.filter(low_reason__contains=text[:LONGEST_TEXT].lower())


def parked_page(kind: Kind, text: str, after: str) -> Page:
    """A page of them. Raises WrongQuery when AFTER is no place in the list."""
    rows = parked_rows(kind, text)
    if after:
        rows = rows.filter(_beyond(kind, after))
    rows = rows.select_related(*kind.related).defer(*kind.left_out)
    found = list(rows.order_by("-parked_at", "-pk")[: SIZE + 1])
    last = found[SIZE - 1] if len(found) > SIZE else None
    return Page(found[:SIZE], f"{last.parked_at.isoformat()}~{last.pk}" if last else "")


def redrive_rows(kind: Kind, texts: Sequence[str], *, by: str) -> int:
    """Redrive the rows whose keys TEXTS spell. Returns how many were still parked."""
    keys = [key for text in texts[:BATCH] if (key := _key(kind, text)) is not None]
    return _redrive(kind, keys, by=by) if keys else 0


def redrive_all(kind: Kind, text: str, *, by: str) -> tuple[int, Job | None]:
    """Redrive all whose reason has TEXT in it: a few at once, more by a job, which it returns."""
    text = text[:LONGEST_TEXT]
    keys = list(
        parked_rows(kind, text).order_by("parked_at").values_list("pk", flat=True)[: BATCH + 1]
    )
    if len(keys) <= BATCH:
        return (_redrive(kind, keys, by=by) if keys else 0), None
    with transaction.atomic():
        arguments = {"kind": kind.name, "text": text, "by": by}
        job = Job.objects.create(name=JOB, queue=Queue.DEFAULT, tags="by-hand", arguments=arguments)
        audit(f"{_action(kind)}_asked", by=by, target=text, job=job.pk)
        ring_after_commit(RUN_JOBS)
    return 0, job


def redrive_parked(kind: str, text: str, by: str) -> None:
    """The job: all that are parked when it begins."""
    chosen = KINDS[kind]

    def do(keys: Sequence[Any]) -> int:
        ring_after_commit(chosen.bell)
        return redrive(chosen.model, keys)

    total = parked_rows(chosen, text).count()
    carry_out(_batches(chosen, text), do, action=_action(chosen), by=by, target=text, total=total)


def _batches(kind: Kind, text: str) -> Iterator[list[Any]]:
    """Keys, those that were parked last first: what is parked again meanwhile is not met again."""
    beyond = Q()
    while True:
        rows = parked_rows(kind, text).filter(beyond).order_by("-parked_at", "-pk")
        found = list(rows.values_list("pk", "parked_at")[:BATCH])
        if found:
            yield [pk for pk, _at in found]
        if len(found) < BATCH:
            return
        beyond = _before(*reversed(found[-1]))


def _redrive(kind: Kind, keys: Sequence[Any], *, by: str) -> int:
    with transaction.atomic():
        count = redrive(kind.model, keys)
        if count:
            target = " ".join(str(key) for key in keys)
            audit(_action(kind), by=by, target=target, count=count)
            ring_after_commit(kind.bell)
    return count


def _action(kind: Kind) -> str:
    return f"{'receipts' if kind.name == 'receipt' else 'deliveries'}.redriven"


def _beyond(kind: Kind, after: str) -> Q:
    moment, _tilde, text = after.partition("~")
    key = _key(kind, text)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if key is None or at is None or at.tzinfo is None:
        raise WrongQuery(_("There is no such page. Here is how the list begins."))
    return _before(at, key)


def _before(at: datetime, key: Any) -> Q:
    return Q(parked_at__lte=at) & (Q(parked_at__lt=at) | Q(pk__lt=key))


def _key(kind: Kind, text: str) -> Any:
    """The primary key that TEXT spells; None when it spells none."""
    try:
        key = kind.model._meta.pk.to_python(text)
    except ValidationError:
        return None
    return None if isinstance(key, int) and not 0 <= key < 2**63 else key
