"""Stores a batch of receipts in one transaction, each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, Case, Value, When
from django.db.models.functions import Now

from signalcast.core.bulk_insert import BulkInsert
from signalcast.core.clock import from_now, sql_from_now
from signalcast.intake.models import IdempotencyKey, Receipt
from signalcast.intake.new_receipt import (
    BODY,
    REQUEST,
    NewReceipt,
    Outcome,
    Status,
    remembered,
)
from signalcast.intake.states import ReceiptState
from signalcast.pipeline import Queue


class _Known(NamedTuple):
    """What the database remembers of a key."""

    receipt_id: UUID
    expired: bool


def _text(value: str) -> str:
    return f"'{value}'"


_insert_waiting = BulkInsert(
    Receipt,
    ("id", "source", "door", "body", "thread"),
    constants={
        "state": lambda: _text(ReceiptState.RECEIVED),
        "queue": lambda: str(int(Queue.HIGH)),
    },
)
_insert_ignored = BulkInsert(
    Receipt,
    ("id", "source", "door", "body", "reason"),
    constants={
        "state": lambda: _text(ReceiptState.IGNORED),
        "queue": lambda: str(int(Queue.HIGH)),
        "due": lambda: "NULL",
    },
)
_remember_ids, _remember_bodies = (
    BulkInsert(
        IdempotencyKey,
        ("source", "key", "receipt_id"),
        constants={"expires_at": lambda key=key: sql_from_now(remembered(key))},  # type: ignore[misc]
        unless_exists=True,
    )
    for key in (REQUEST, BODY)
)


def store(receipts: Sequence[NewReceipt]) -> list[Outcome]:
    """Store what is new, and say of each what became of it, once that is committed.

    Raises django.db.Error, and then none of them is stored.
    """
    with transaction.atomic():
        first = _remember(receipts)
        if not first:
            _insert(receipts)
            return [Outcome(receipt.id, Status.ACCEPTED) for receipt in receipts]
        _insert([receipt for receipt in receipts if receipt.id not in first])
        changed = _changed([receipt for receipt in receipts if receipt.id in first], first)
    return [_outcome(receipt, first, changed) for receipt in receipts]


def _outcome(receipt: NewReceipt, first: dict[UUID, UUID], changed: set[UUID]) -> Outcome:
    if receipt.id not in first:
        return Outcome(receipt.id, Status.ACCEPTED)
    status = Status.MISMATCH if receipt.id in changed else Status.DUPLICATE
    return Outcome(first[receipt.id], status)


def _insert(receipts: Sequence[NewReceipt]) -> None:
    _insert_waiting(
        [(r.id, r.source_id, r.door.value, r.body, r.thread) for r in receipts if not r.ignored]
    )
    _insert_ignored(
        [(r.id, r.source_id, r.door.value, r.body, r.ignored) for r in receipts if r.ignored]
    )


def _remember(receipts: Sequence[NewReceipt], *, again: bool = False) -> dict[UUID, UUID]:
    """Write down the keys. Returns the first receipts of those that are not new, by id.

    Keys are written in one order by everybody, so that two transactions never wait for each other.
    """
    ordered = sorted(receipts, key=lambda receipt: (receipt.source_id, receipt.key))
    rows = [(receipt.source_id, receipt.key, receipt.id) for receipt in ordered]
    inserted = _remember_ids([row for row in rows if not row[1].startswith(BODY)])
    inserted += _remember_bodies([row for row in rows if row[1].startswith(BODY)])
    if inserted == len(rows):
        return {}
    first: dict[UUID, UUID] = {}
    vanished: list[NewReceipt] = []
    for source_id, group in groupby(ordered, key=lambda receipt: receipt.source_id):
        mine = list(group)
        known = _known(source_id, {receipt.key for receipt in mine})
        for receipt in mine:
            if receipt.key not in known:
                vanished.append(receipt)
                continue
            if known[receipt.key].expired:
                known[receipt.key] = _take_over(receipt)
            if known[receipt.key].receipt_id != receipt.id:
                first[receipt.id] = known[receipt.key].receipt_id
    if vanished and again:
        raise IntegrityError("a key can be neither written nor found")
    if vanished:  # pruned between the two statements
        first |= _remember(vanished, again=True)
    return first


def _known(source_id: int, keys: set[str]) -> dict[str, _Known]:
    expired = Case(
        When(expires_at__lte=Now(), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = (
        IdempotencyKey.objects.filter(source_id=source_id, key__in=keys)
        .annotate(expired=expired)
        .values_list("key", "receipt_id", "expired")
    )
    return {key: _Known(receipt_id, was) for key, receipt_id, was in rows}


def _take_over(receipt: NewReceipt) -> _Known:
    """Make an expired key this receipt's, unless somebody else just did."""
    key = IdempotencyKey.objects.filter(source_id=receipt.source_id, key=receipt.key)
    if key.filter(expires_at__lte=Now()).update(
        receipt_id=receipt.id, expires_at=from_now(remembered(receipt.key))
    ):
        return _Known(receipt.id, expired=False)
    return _Known(key.values_list("receipt_id", flat=True).get(), expired=False)


def _changed(repeats: Sequence[NewReceipt], first: dict[UUID, UUID]) -> set[UUID]:
    """Of requests that name an earlier one's key, those that say something else than it did."""
    asked = [receipt for receipt in repeats if receipt.key.startswith(REQUEST)]
    if not asked:
        return set()
    ids = [first[receipt.id] for receipt in asked]
    bodies = dict(Receipt.objects.filter(pk__in=ids).values_list("pk", "body"))
    return {
        receipt.id
        for receipt in asked
        if bytes(bodies.get(first[receipt.id], receipt.body)) != receipt.body
    }
