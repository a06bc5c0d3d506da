"""A person's own words in place of a receipt in review."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import events
from signalcast.intake.models import Receipt
from signalcast.intake.new_receipt import Outcome
from signalcast.intake.states import ReceiptState
from signalcast.signals.submit import submit


def correct(receipt: UUID, members: dict[str, Any], *, by: User) -> Outcome | None:
    """Publish MEMBERS, as `submit` takes them, in the name of the receipt's source.

    The receipt stays as it came and is done with. None when it is not in review any more.
    """
    with transaction.atomic():
        said = _("%(who)s corrected it. What is published stands in a receipt of its own.")
        corrected = Receipt.objects.filter(pk=receipt, state=ReceiptState.REVIEW).update(
            state=ReceiptState.DECIDED, reason=said % {"who": by.email}, decided_at=Now()
        )
        if not corrected:
            return None
        source = Receipt.objects.select_related("source").get(pk=receipt).source
        outcome = submit(members, source=source, by=by, key=f"correct:{receipt}")
        audit("receipts.corrected", by=by.email, target=str(receipt))
    events.emit("receipt.corrected", receipt=str(receipt), by=by.email, as_=str(outcome.id))
    return outcome
