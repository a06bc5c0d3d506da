"""The typed signal as a draft."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import UnsetType

from signalcast.intake.typed import TypedSignal
from signalcast.signals.draft import Draft, DraftKind, TargetDraft

#: Fields that null takes away in an update.
CLEARABLE = ("stop_loss", "leverage", "timeframe", "valid_until")


def draft_of(signal: TypedSignal) -> Draft:
    """What a checked typed signal asks for."""
    kind = DraftKind(signal.action) if signal.action else DraftKind.NEW
    entries = tuple(Decimal(entry) for entry in signal.entries or ())
    return Draft(
        kind=kind,
        symbol=signal.symbol or None,
        side=signal.side or None,
        order_type=signal.order_type or _order_type(kind, entries),
        entries=entries,
        stop_loss=_number(signal.stop_loss),
        targets=tuple(
            TargetDraft(Decimal(target.price), _number(target.share))
            for target in signal.take_profits or ()
        ),
        leverage=_number(signal.leverage),
        timeframe=signal.timeframe or None,
        comment=signal.comment or "",
        ref=signal.ref or None,
        id=signal.id or None,
        valid_until=signal.valid_until if isinstance(signal.valid_until, datetime) else None,
        cleared=frozenset(name for name in CLEARABLE if getattr(signal, name) is None)
        | ({"targets"} if signal.take_profits == [] else set()),
    )


def _order_type(kind: DraftKind, entries: tuple[Decimal, ...]) -> str | None:
    """A new signal that doesn't say: at market without an entry price, else waiting for it."""
    if kind is not DraftKind.NEW:
        return None
    return "limit" if entries else "market"


def _number(text: str | UnsetType | None) -> Decimal | None:
    return Decimal(text) if isinstance(text, str) else None
