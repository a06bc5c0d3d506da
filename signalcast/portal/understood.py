"""What a receipt says, and what its parser makes of it, for people."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from django.utils.translation import gettext as _

from signalcast.core.prices import plain
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door
from signalcast.intake.telegram import read_update, words_in
from signalcast.signals.draft import Draft
from signalcast.signals.interpret import interpret
from signalcast.signals.states import OrderType, RevisionKind, Side

#: Characters of a request that are shown.
SHOWN = 20_000
Fact = tuple[str, str]


def text_of(receipt: Receipt) -> str:
    """What was sent, for reading; bytes that are no text are shown as such."""
    body = bytes(receipt.body)
    words = words_in(body) if receipt.door == Door.TELEGRAM else ""
    return (words or body.decode(errors="backslashreplace"))[:SHOWN]


def picture_in(receipt: Receipt) -> str:
    """The id of the picture that a message of Telegram's shows; empty when it has none."""
    update = read_update(bytes(receipt.body)) if receipt.door == Door.TELEGRAM else None
    return update.told.picture if update and update.told else ""


def understood(receipt: Receipt) -> list[list[Fact]]:
    """Each request that was made out in a receipt, as names and values. Empty when none was."""
    try:
        drafts = interpret(receipt).drafts
    except msgspec.MsgspecError:  # stored by an older release, with other rules
        return []
    return [facts for draft in drafts if (facts := facts_of(draft))]


def facts_of(draft: Draft) -> list[Fact]:
    """What a draft says, without what it doesn't say. Empty when it says nothing at all."""
    facts = [
        (_("Instrument"), draft.symbol or ""),
        (_("Side"), str(Side(draft.side).label) if draft.side else ""),
        (_("Order"), str(OrderType(draft.order_type).label) if draft.order_type else ""),
        (_("Entry"), _listed(draft.entries)),
        (_("Stop"), _number(draft.stop_loss)),
        (_("Targets"), " · ".join(
            _number(target.price) + (f" ({_number(target.share)})" if target.share else "")
            for target in draft.targets
        )),
        (_("Left at"), _number(draft.exit_price)),
        (_("Leverage"), _number(draft.leverage)),
        (_("Timeframe"), draft.timeframe or ""),
        (_("About"), draft.ref or ""),
        (_("Comment"), draft.comment),
    ]  # fmt: skip
    said = [(name, value) for name, value in facts if value]
    return [(_("Wants"), str(RevisionKind(draft.kind.value).label)), *said] if said else []


def _number(number: Decimal | None) -> str:
    return "" if number is None else plain(number)


def _listed(numbers: tuple[Decimal, ...]) -> str:
    return " · ".join(plain(number) for number in numbers)
