"""How a source is doing: when something came last, and what was wrong last, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from signalcast.channels.telegram.account import bots
from signalcast.feeds.models import Source
from signalcast.intake.last_refusals import last_refusals
from signalcast.intake.models import Receipt
from signalcast.intake.note_refusal import Refusal
from signalcast.intake.states import Door, ReceiptState


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source with its last arrival and its last trouble."""

    source: Source
    last: Receipt | None
    #: The newest receipt that was not published by itself.
    trouble: Receipt | None
    #: What a door refused since the last arrival.
    refusal: Refusal | None = None
    #: What is wrong with the bot that reads for it.
    bot_error: str = ""

    @property
    def arrived_at(self) -> datetime | None:
        """When it posted last."""
        return self.last.received_at if self.last else None

    @property
    def error(self) -> str:
        """What was wrong with it last, as sentences that say what to do; empty when nothing is."""
        if self.bot_error:
            return self.bot_error
        if self.refusal is not None:
            said = _("A request was refused, and nothing of it is kept: %(why)s")
            return said % {"why": self.refusal.why}
        return trouble_in_words(self.trouble) if self.trouble else ""

    @property
    def error_at(self) -> datetime | None:
        """When that was; None where it lasts, or when nothing is wrong."""
        if self.bot_error:
            return None
        if self.refusal is not None:
            return self.refusal.at
        return self.trouble.received_at if self.trouble else None


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
    """The states of sources, in their order. Three statements for all of them."""
    newest = Receipt.objects.filter(source=OuterRef("pk")).order_by("-pk").values("pk")
    rows = list(
        sources.select_related("feed").annotate(
            last=Subquery(newest[:1]), trouble=Subquery(newest.filter(in_trouble())[:1])
        )
    )
    known = _receipts(one for row in rows for one in (row.last, row.trouble))
    refused = last_refusals([row.pk for row in rows])
    errors = {bot.source: account.last_error for account, bot in bots()}
    found = []
    for row in rows:
        last, refusal = known.get(row.last), refused.get(row.pk)
        if refusal and last and last.received_at > refusal.at:
            refusal = None  # it has been heard since
        error = errors.get(row.slug, "")
        found.append(SourceState(row, last, known.get(row.trouble), refusal, error))
    return found


def _receipts(ids: Iterable[object]) -> dict[object, Receipt]:
    wanted = {one for one in ids if one is not None}
    return dict(Receipt.objects.defer("body").in_bulk(wanted)) if wanted else {}
