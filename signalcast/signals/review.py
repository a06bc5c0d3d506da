"""A person's answer to a receipt in review. The workers carry an approval out."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.core.printable import printable
from signalcast.core.wake import ring_after_commit
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.pipeline import PUBLISH

LONGEST_REASON = 1_000


def approve(receipt: UUID, *, by: User) -> bool:
    """Have a receipt published in spite of its doubts. False when it is not in review.

    What contradicts itself comes back to review with that reason.
    """
    with transaction.atomic():
        approved = Receipt.objects.filter(pk=receipt, state=ReceiptState.REVIEW).update(
            state=ReceiptState.RECEIVED, approved_by=by, due=Now(), decided_at=Now()
        )
        if approved:
            audit("receipts.approved", by=by.email, target=str(receipt))
            events.emit("receipt.approved", receipt=str(receipt), by=by.email)
            ring_after_commit(PUBLISH)
    return bool(approved)


def reject(receipt: UUID, *, by: User, reason: str = "") -> bool:
    """Keep a receipt from being published, for good. False when it is not in review.

    REASON is kept with it in place of why it waited.
    """
    changes = {"reason": printable(reason, LONGEST_REASON)} if reason else {}
    with transaction.atomic():
        rejected = Receipt.objects.filter(pk=receipt, state=ReceiptState.REVIEW).update(
            state=ReceiptState.REJECTED, approved_by=None, decided_at=Now(), **changes
        )
        if rejected:
            audit("receipts.rejected", by=by.email, target=str(receipt))
            events.emit("receipt.rejected", receipt=str(receipt), by=by.email)
    return bool(rejected)
