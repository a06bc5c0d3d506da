"""TradingView's alerts as drafts.

An alert's text is JSON that its owner writes with TradingView's placeholders. These members are
read, each under any of its names; numbers may be numbers or strings, other members are left alone:

    ticker, symbol, instrument      {{ticker}}, kept as TradingView spells it
    action, order_action, side      {{strategy.order.action}}, or a word of the table below
    market_position                 {{strategy.market_position}}: long, short, flat
    prev_market_position            {{strategy.prev_market_position}}
    price, order_price, close       {{strategy.order.price}} or {{close}}: entry or exit price
    entries, entry                  a list of entry prices instead of one
    stop_loss, stoploss, sl         take_profits, targets, take_profit, tp, tp1 ... tp20
    order_type, ordertype           market (if not said), limit, stop
    interval, timeframe             {{interval}}
    valid_until                     ISO 8601
    leverage    comment, order_comment, alert_message    id    ref

With positions, these alone tell whether a strategy opens, closes or reverses, for a "sell" closes
a long as well as it opens a short:

    flat -> long or short           a new signal
    long or short -> flat           the source's open signal in the instrument is closed
    long -> short, short -> long    it is closed, then a new one opened
    the same before and after       review: what a change of size means is not guessed

Without positions the action has to say it all: buy, long, enter_long, sell, short, enter_short;
close, exit, flat, exit_long, close_short and the like; update; cancel. A change is about the
signal with the id in `ref`, else about the only open one of the source in the instrument.

Source: TradingView's help page on placeholders, 43000531021.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from signalcast.signals.alert import Alert
from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.states import OrderType

SIDES = {"long": "buy", "short": "sell"}
ENTERS = {
    "buy": "buy", "long": "buy", "enter_long": "buy", "entry_long": "buy",
    "sell": "sell", "short": "sell", "enter_short": "sell", "entry_short": "sell",
}  # fmt: skip
#: What is closed, where the word says it.
EXITS = {
    "close": None, "exit": None, "flat": None,
    "exit_long": "buy", "close_long": "buy", "exit_short": "sell", "close_short": "sell",
}  # fmt: skip
CHANGES = {"update": DraftKind.UPDATE, "modify": DraftKind.UPDATE, "cancel": DraftKind.CANCEL}
POSITIONS = ("market_position", "prev_market_position")


def drafts_of(members: Mapping[str, Any]) -> tuple[Draft, ...]:
    """What an alert asks for: two drafts for a reversal, else one.

    MEMBERS are the alert's, with numbers as the text they were written as.
    """
    alert = Alert(members)
    if alert.has(*POSITIONS):
        return _by_position(alert)
    return (_by_action(alert),)


def _by_position(alert: Alert) -> tuple[Draft, ...]:
    symbol = alert.symbol()
    after, before = (_position(alert, name) for name in POSITIONS)
    if after is None or before is None:
        return (_opening(alert, symbol, None),)
    if before == after:
        alert.doubt(
            _("The position was and stays %(value)s: only its size can have changed."), after
        )
        return (_opening(alert, symbol, SIDES.get(after)),)
    drafts = []
    if before != "flat":
        drafts.append(_change(alert, symbol, DraftKind.CLOSE, side=SIDES[before]))
    if after != "flat":
        drafts.append(_opening(alert, symbol, SIDES[after]))
    return tuple(drafts)


def _position(alert: Alert, name: str) -> str | None:
    position = alert.text(name).lower()
    if position in SIDES or position == "flat":
        return position
    if position:
        alert.doubt(f'{name} "%(value)s" {_("is none of long, short, flat.")}', position)
    else:
        alert.doubt(_("It tells a position, but not %(value)s."), name)
    return None


def _by_action(alert: Alert) -> Draft:
    """Without positions the action has to say it all."""
    symbol = None if _is_named(alert) else alert.symbol()
    action = alert.text("action", "order_action", "side").lower().replace(" ", "_")
    if action in EXITS:
        return _change(alert, symbol, DraftKind.CLOSE, side=EXITS[action])
    if action in CHANGES:
        return _change(alert, symbol, CHANGES[action])
    side = ENTERS.get(action)
    if side is None and action:
        alert.doubt(_('"%(value)s" is no action: buy, sell, close, update and cancel are.'), action)
    elif side is None:
        alert.doubt(_("It tells neither an action nor a position."))
    return _opening(alert, symbol, side)


def _is_named(alert: Alert) -> bool:
    """Whether it is about an earlier signal that it names, and so needs no instrument."""
    return alert.has("ref") and not alert.has("ticker", "symbol", "instrument")


def _opening(alert: Alert, symbol: str | None, side: str | None) -> Draft:
    order_type = alert.text("order_type", "ordertype").lower() or OrderType.MARKET.value
    if order_type not in OrderType.values:
        alert.doubt(_('"%(value)s" is no order type: market, limit and stop are.'), order_type)
        order_type = OrderType.MARKET.value
    if alert.has("ref"):
        alert.doubt(_("It names an earlier signal (ref), but opens a new one."))
    return Draft(
        kind=DraftKind.NEW,
        symbol=symbol,
        side=side,
        order_type=order_type,
        entries=alert.numbers("entries", "entry", "price", "order_price", "close"),
        stop_loss=alert.number("stop_loss", "stoploss", "sl"),
        targets=alert.targets(),
        leverage=alert.number("leverage"),
        timeframe=alert.timeframe(),
        comment=_comment(alert),
        id=alert.text("id") or None,
        valid_until=alert.moment("valid_until"),
        doubts=tuple(alert.doubts),
    )


def _change(alert: Alert, symbol: str | None, kind: DraftKind, *, side: str | None = None) -> Draft:
    """A change of an earlier signal: only an update has levels, and only a close an exit price."""
    updates = kind is DraftKind.UPDATE
    prices = ("price", "order_price", "close")
    return Draft(
        kind=kind,
        symbol=symbol,
        side=side,
        order_type=None,
        entries=alert.numbers("entries", "entry") if updates else (),
        stop_loss=alert.number("stop_loss", "stoploss", "sl") if updates else None,
        targets=alert.targets() if updates else (),
        leverage=alert.number("leverage") if updates else None,
        valid_until=alert.moment("valid_until") if updates else None,
        comment=_comment(alert),
        ref=alert.text("ref") or None,
        exit_price=alert.number(*prices) if kind is DraftKind.CLOSE else None,
        doubts=tuple(alert.doubts),
    )


def _comment(alert: Alert) -> str:
    return alert.text("comment", "order_comment", "alert_message")
