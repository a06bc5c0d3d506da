"""TradingView's alerts as drafts.

An alert's text is JSON that the owner writes with TradingView's placeholders. These members are
read, each under any of its names; numbers may be numbers or strings:

    ticker, symbol                              {{ticker}}
    action, side, order_action                  {{strategy.order.action}}, or buy sell close cancel
    market_position                             {{strategy.market_position}}
    prev_market_position                        {{strategy.prev_market_position}}
    position_size, market_position_size         {{strategy.market_position_size}}
    prev_market_position_size                   {{strategy.prev_market_position_size}}
    price, order_price, close                   {{strategy.order.price}}, {{close}}
    stop_loss, sl    take_profit, tp, tp1 tp2 ...    leverage    order_type
    interval, timeframe                         {{interval}}
    id, order_id, ref    comment

Whether a strategy opens, closes or reverses is told by its positions alone: a "sell" closes a long
as well as it opens a short. Source: TradingView's page on placeholders (43000531021).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from signalcast.core.prices import NotAPrice, price
from signalcast.intake.check import SYMBOL
from signalcast.signals.draft import Draft, DraftKind, TargetDraft

SIDES = {"long": "buy", "buy": "buy", "short": "sell", "sell": "sell"}
ENTER = {"enter_long": "buy", "enter_short": "sell", "entry_long": "buy", "entry_short": "sell"}
EXITS = {"close", "exit", "flat", "exit_long", "exit_short", "close_long", "close_short"}
CANCELS = {"cancel"}
INTERVALS = {"D": "1d", "1D": "1d", "W": "1w", "1W": "1w", "M": "1M", "1M": "1M"}

Alert = Mapping[str, Any]


def drafts_of(alert: Alert) -> tuple[Draft, ...]:
    """What an alert asks for: nothing for a symbol it doesn't name, two drafts for a reversal."""
    doubts: list[str] = []
    symbol = _symbol(alert, doubts)
    before, after = _position(alert, "prev_market_position"), _position(alert, "market_position")
    if after is None:
        return (_by_action(alert, symbol, doubts),)
    if before is None:
        doubts.append(_("It names a position but not the one before (prev_market_position)."))
        before = "flat"
    if before == after:
        doubts.append(
            _("The position stays %(position)s and only its size changes.") % {"position": after}
        )
        return (_opening(alert, symbol, SIDES.get(after), doubts),)
    closing = () if before == "flat" else (_closing(alert, symbol, before, doubts),)
    opening = () if after == "flat" else (_opening(alert, symbol, SIDES[after], doubts),)
    return closing + opening


def _by_action(alert: Alert, symbol: str | None, doubts: list[str]) -> Draft:
    """Without positions the action has to say it all."""
    action = str(_member(alert, "action", "order_action", "side", "signal") or "").strip().lower()
    if action in EXITS:
        side = {"exit_long": "long", "close_long": "long", "exit_short": "short",
                "close_short": "short"}.get(action)  # fmt: skip
        return _closing(alert, symbol, side, doubts)
    if action in CANCELS:
        return _change(DraftKind.CANCEL, alert, symbol, doubts)
    side = SIDES.get(action) or ENTER.get(action)
    if side is None:
        doubts.append(
            _('"%(action)s" is no action: buy, sell, close or cancel is.') % {"action": action[:40]}
            if action
            else _("It says neither an action nor a position.")
        )
    return _opening(alert, symbol, side, doubts)


def _opening(alert: Alert, symbol: str | None, side: str | None, doubts: list[str]) -> Draft:
    order_type = str(_member(alert, "order_type", "ordertype") or "market").lower()
    if order_type not in ("market", "limit", "stop"):
        doubts.append(_('"%(type)s" is no order type.') % {"type": order_type[:40]})
        order_type = "market"
    entry = _number(alert, doubts, "entry", "price", "order_price", "close")
    return Draft(
        kind=DraftKind.NEW,
        symbol=symbol,
        side=side,
        order_type=order_type,
        entries=(entry,) if entry is not None else (),
        stop_loss=_number(alert, doubts, "stop_loss", "stoploss", "sl"),
        targets=_targets(alert, doubts),
        leverage=_number(alert, doubts, "leverage"),
        timeframe=_timeframe(alert),
        comment=_text(alert, "comment", "order_comment", "alert_message"),
        id=_text(alert, "id") or None,
        doubts=tuple(doubts),
    )


def _closing(alert: Alert, symbol: str | None, position: str | None, doubts: list[str]) -> Draft:
    return _change(
        DraftKind.CLOSE, alert, symbol, doubts, side=SIDES.get(position or ""), exits=True
    )


def _change(
    kind: DraftKind,
    alert: Alert,
    symbol: str | None,
    doubts: list[str],
    *,
    side: str | None = None,
    exits: bool = False,
) -> Draft:
    return Draft(
        kind=kind,
        symbol=symbol,
        side=side,
        order_type=None,
        comment=_text(alert, "comment", "order_comment"),
        ref=_text(alert, "ref") or None,
        exit_price=_number(alert, doubts, "price", "order_price", "close") if exits else None,
        doubts=tuple(doubts),
    )


def _member(alert: Alert, *names: str) -> Any:
    for name in names:
        if alert.get(name) not in (None, ""):
            return alert[name]
    return None


def _text(alert: Alert, *names: str) -> str:
    value = _member(alert, *names)
    return "" if value is None or isinstance(value, (dict, list)) else str(value)[:2_000]


def _symbol(alert: Alert, doubts: list[str]) -> str | None:
    """The ticker as TradingView spells it: a machine's exact name is kept."""
    text = _text(alert, "ticker", "symbol", "instrument").strip().upper()
    if SYMBOL.fullmatch(text):
        return text
    doubts.append(
        _('"%(text)s" is no instrument.') % {"text": text[:40]}
        if text
        else _("It names no instrument.")
    )
    return None


def _position(alert: Alert, name: str) -> str | None:
    value = str(alert.get(name) or "").strip().lower()
    return value if value in ("long", "short", "flat") else None


def _timeframe(alert: Alert) -> str | None:
    text = _text(alert, "timeframe", "interval").strip()
    if not re.fullmatch(r"[0-9A-Za-z]{1,16}", text):
        return None
    if not text.isdigit():
        return INTERVALS.get(text, text)
    minutes = int(text)
    return f"{minutes // 60}h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes}m"


def _number(alert: Alert, doubts: list[str], *names: str) -> Decimal | None:
    """The first of the members that is there, as a price; a doubt when it is none."""
    value = _member(alert, *names)
    if value is None:
        return None
    try:
        return price(value if isinstance(value, Decimal | int) else str(value).strip())
    except (NotAPrice, InvalidOperation) as reason:
        doubts.append(f"{names[0]} {str(value)[:40]!r} {reason}.")
        return None


def _targets(alert: Alert, doubts: list[str]) -> tuple[TargetDraft, ...]:
    listed = _member(alert, "take_profits", "targets")
    if isinstance(listed, list):
        members: list[Any] = [
            item.get("price") if isinstance(item, dict) else item for item in listed[:20]
        ]
        found = [_number({"take_profit": member}, doubts, "take_profit") for member in members]
    else:
        names = [("take_profit", "tp", "tp1"), *((f"tp{number}",) for number in range(2, 10))]
        found = [_number(alert, doubts, *name) for name in names]
    return tuple(TargetDraft(number) for number in found if number is not None)
