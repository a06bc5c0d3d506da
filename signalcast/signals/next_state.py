"""What a signal says after a draft, checked by the same rules as at the typed door."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from signalcast.core.prices import plain
from signalcast.intake.check import check
from signalcast.intake.models import Receipt
from signalcast.intake.typed import TypedSignal
from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.interpret import in_words
from signalcast.signals.revise import State
from signalcast.signals.states import OrderType

#: What an update that takes a value away leaves.
EMPTY: dict[str, object] = {
    "stop_loss": None, "leverage": None, "timeframe": "", "targets": (), "valid_until": None,
}  # fmt: skip


class Doubtful(Exception):
    """A receipt that a person has to look at; the text says why."""


class Unchanged(Doubtful):
    """An update after which the signal says what it said before."""


def check_words(draft: Draft) -> None:
    """Refuse ids and comments that no signal can hold. Raises Doubtful."""
    words = {"id": draft.id, "comment": draft.comment, "timeframe": draft.timeframe}
    _refuse({name: word for name, word in words.items() if word} | {"ref": draft.ref or "it"})


def new_state(draft: Draft, receipt: Receipt) -> State:
    """What a new signal says. Raises Doubtful."""
    if not draft.symbol:
        raise Doubtful(_("It names no instrument that is known."))
    if not draft.side:
        raise Doubtful(_("It does not say whether to buy or to sell."))
    order_type = draft.order_type or (OrderType.LIMIT if draft.entries else OrderType.MARKET)
    feed = receipt.source.feed
    seconds = feed.market_validity if order_type == OrderType.MARKET else feed.waiting_validity
    # Whoever approved it did so knowing its age.
    since = receipt.decided_at or draft.written or receipt.received_at
    state = State(
        side=draft.side,
        order_type=order_type,
        entries=draft.entries,
        stop_loss=draft.stop_loss,
        targets=draft.targets,
        leverage=draft.leverage,
        timeframe=draft.timeframe or "",
        comment=draft.comment,
        valid_until=draft.valid_until or since + timedelta(seconds=seconds),
    )
    _refuse(_levels(draft.symbol, state) | {"order_type": state.order_type})
    return state


def changed_state(symbol: str, last: State, draft: Draft) -> State:
    """What the signal says after an update, close or cancel. Raises Doubtful."""
    if draft.symbol and draft.symbol != symbol:
        raise Doubtful(
            _("It is about %(symbol)s, but the open signal is about %(other)s.")
            % {"symbol": draft.symbol, "other": symbol}
        )
    if draft.side and draft.side != last.side:
        raise Doubtful(
            _("It is about a %(side)s, but the open signal is a %(other)s.")
            % {"side": draft.side, "other": last.side}
        )
    if draft.kind is not DraftKind.UPDATE:
        return replace(last, comment=draft.comment or last.comment, exit_price=draft.exit_price)
    state = _merged(last, draft)
    if state == last:
        raise Unchanged(_("It is an update that changes nothing."))
    if state.order_type != OrderType.MARKET and not state.entries:
        raise Doubtful(_("A limit or stop order needs an entry price."))
    _refuse(_levels(symbol, state) | {"ref": "it", "action": "update"})
    return state


def _merged(last: State, draft: Draft) -> State:
    """The last state with the fields that the draft changes."""
    given: dict[str, object] = {
        "order_type": draft.order_type,
        "entries": draft.entries,
        "stop_loss": draft.stop_loss,
        "targets": draft.targets,
        "leverage": draft.leverage,
        "timeframe": draft.timeframe,
        "comment": draft.comment,
        "valid_until": draft.valid_until,
    }
    changes = {name: value for name, value in given.items() if value}
    changes |= {name: EMPTY[name] for name in draft.cleared}
    return replace(last, **changes)  # type: ignore[arg-type]


def _levels(symbol: str, state: State) -> dict[str, Any]:
    numbers = {"stop_loss": state.stop_loss, "leverage": state.leverage}
    return {
        "symbol": symbol,
        "side": state.side,
        "entries": [plain(entry) for entry in state.entries],
        "take_profits": [
            {"price": plain(target.price)}
            | ({} if target.share is None else {"share": plain(target.share)})
            for target in state.targets
        ],
    } | {name: plain(number) for name, number in numbers.items() if number is not None}


def _refuse(fields: dict[str, Any]) -> None:
    """Raise Doubtful with everything that the typed door would find wrong."""
    if "ref" in fields:
        fields.setdefault("action", "update")
    try:
        problems = check(msgspec.convert(fields, TypedSignal))
    except msgspec.ValidationError as problem:
        raise Doubtful(f"{problem}.") from None
    if problems:
        raise Doubtful(in_words(problems))
