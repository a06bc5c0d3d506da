"""Put in what a person wrote on a page: as a receipt, like what comes through the doors."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.feeds.models import Source
from signalcast.intake.models import IdempotencyKey, Receipt
from signalcast.intake.new_receipt import (
    REQUEST,
    NewReceipt,
    Outcome,
    Status,
    key_of,
    thread_name,
)
from signalcast.intake.states import Door
from signalcast.intake.store import store
from signalcast.pipeline import PUBLISH


def submit(members: dict[str, Any], *, source: Source, by: User, key: str) -> Outcome:
    """Store a request of BY's for the workers to publish. KEY makes it one however often it comes.

    MEMBERS are a typed signal's, or an alert's for what the typed signal has no field for (the
    price of a close). `ref` may be the id of any signal of the source's feed. A person stands
    behind it, so it does not wait for review; what contradicts itself still does.
    """
    typed = "price" not in members
    thread = members.get("ref") or members.get("id")
    receipt = NewReceipt(
        source_id=source.pk,
        door=Door.TYPED if typed else Door.HOOK,
        body=json.dumps(members, ensure_ascii=False).encode(),
        key=_key(key),
        thread=thread_name(thread) if thread else None,
    )
    with transaction.atomic():
        [outcome] = store([receipt])
        if outcome.status is Status.ACCEPTED:
            Receipt.objects.filter(pk=outcome.id).update(approved_by=by)
            audit("signals.submitted", by=by.email, target=str(outcome.id), source=source.slug)
            events.emit(
                "signal.submitted", receipt=str(outcome.id), source=source.slug, by=by.email
            )
            ring_after_commit(PUBLISH)
    return outcome


def find_submitted(source: Source, key: str) -> UUID | None:
    """The receipt that KEY was put in as; None when it was not, or is forgotten."""
    known = IdempotencyKey.objects.filter(source=source, key=_key(key))
    return known.values_list("receipt_id", flat=True).first()


def _key(key: str) -> str:
    return key_of(REQUEST, f"page:{key}")
