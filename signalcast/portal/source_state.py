"""How a source is doing: when something came last, and what was wrong last, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from signalcast.feeds.models import Source
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door, ReceiptState


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source with its last arrival and its last trouble."""

    source: Source
    last: Receipt | None
    #: The newest receipt that was not published by itself.
    trouble: Receipt | None

    @property
    def arrived_at(self) -> datetime | None:
        """When it posted last."""
        return self.last.received_at if self.last else None

    @property
    def error(self) -> str:
        """What was wrong with it last, as sentences that say what to do; empty when nothing is."""
        return trouble_in_words(self.trouble) if self.trouble else ""


def in_trouble() -> Q:
    """Receipts that a person should know of. Chatter in a chat is none of them."""
    late = Q(state=ReceiptState.IGNORED, door=Door.HOOK)
    return late | Q(state=ReceiptState.REVIEW) | Q(parked_at__isnull=False)


def trouble_in_words(receipt: Receipt) -> str:
    """Why a receipt was not published by itself, and what to do."""
    if receipt.parked_at is not None:
        return f"{receipt.parked_reason} " + _("An operator can redrive it from the parked rows.")
    if receipt.state == ReceiptState.REVIEW:
        return f"{receipt.reason} " + _("It waits in review: approve, correct or reject it there.")
    return receipt.reason


def source_states(sources: QuerySet[Source]) -> list[SourceState]:
    """The states of sources, in their order. Two statements for all of them."""
    newest = Receipt.objects.filter(source=OuterRef("pk")).order_by("-pk").values("pk")
    rows = list(
        sources.select_related("feed").annotate(
            last=Subquery(newest[:1]), trouble=Subquery(newest.filter(in_trouble())[:1])
        )
    )
    known = _receipts(one for row in rows for one in (row.last, row.trouble))
    return [SourceState(row, known.get(row.last), known.get(row.trouble)) for row in rows]


def _receipts(ids: Iterable[object]) -> dict[object, Receipt]:
    wanted = {one for one in ids if one is not None}
    return dict(Receipt.objects.defer("body").in_bulk(wanted)) if wanted else {}
