"""TradingView's alerts: what a strategy's positions mean, and what is never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from signalcast.signals.draft import Draft, DraftKind, TargetDraft
from signalcast.signals.tradingview import drafts_of


def read(**members: Any) -> tuple[Draft, ...]:
    return drafts_of({"ticker": "BTCUSDT.P"} | members)


def only(**members: Any) -> Draft:
    [draft] = read(**members)
    return draft


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("flat", "long", [("new", "buy")]),
        ("flat", "short", [("new", "sell")]),
        ("long", "flat", [("close", "buy")]),
        ("short", "flat", [("close", "sell")]),
        ("long", "short", [("close", "buy"), ("new", "sell")]),
        ("short", "long", [("close", "sell"), ("new", "buy")]),
    ],
)
@pytest.mark.parametrize("action", ["buy", "sell"])
def test_positions_alone_tell_what_a_strategy_does(
    before: str, after: str, expected: list[tuple[str, str]], action: str
) -> None:
    drafts = read(action=action, prev_market_position=before, market_position=after)

    assert [(str(draft.kind), draft.side) for draft in drafts] == expected
    assert not any(draft.doubts for draft in drafts)


@pytest.mark.parametrize(
    ("positions", "doubt"),
    [
        ({"prev_market_position": "long", "market_position": "long"}, "stays long"),
        ({"prev_market_position": "flat", "market_position": "flat"}, "stays flat"),
        ({"market_position": "long"}, "not prev_market_position"),
        ({"prev_market_position": "long"}, "not market_position"),
        ({"prev_market_position": "up", "market_position": "long"}, '"up" is none of'),
        ({"market_position": "{{strategy.market_position}}"}, "is none of long, short, flat"),
    ],
)
def test_positions_that_do_not_say_it_are_doubted_whatever_the_action(
    positions: dict[str, str], doubt: str
) -> None:
    draft = only(action="buy", market_position_size="2", **positions)

    assert doubt in " ".join(draft.doubts)


@pytest.mark.parametrize(
    ("action", "kind", "side"),
    [
        ("buy", "new", "buy"), ("LONG", "new", "buy"), ("enter_long", "new", "buy"),
        ("sell", "new", "sell"), ("Short", "new", "sell"), ("enter short", "new", "sell"),
        ("close", "close", None), ("exit", "close", None), ("flat", "close", None),
        ("exit_long", "close", "buy"), ("close_short", "close", "sell"),
        ("cancel", "cancel", None), ("update", "update", None),
    ],
)  # fmt: skip
def test_without_positions_the_action_says_it(action: str, kind: str, side: str | None) -> None:
    draft = only(action=action)

    assert (str(draft.kind), draft.side, draft.doubts) == (kind, side, ())


def test_the_ticker_is_kept_as_tradingview_spells_it() -> None:
    assert only(ticker="binance:btcusdt.p", action="buy").symbol == "BINANCE:BTCUSDT.P"
    assert only(ticker="{{ticker}}", action="buy").symbol is None


def test_every_member_of_an_alert_has_its_place() -> None:
    draft = only(
        action="buy", order_type="Limit", price="64250.50", sl="63000", tp1="65000", tp2="66000",
        leverage="5", interval="240", id="a-1", comment="breakout",
        valid_until="2030-01-02T03:04:05",
    )  # fmt: skip

    assert draft.kind is DraftKind.NEW
    assert draft.order_type == "limit"
    assert draft.entries == (Decimal("64250.50"),)
    assert draft.stop_loss == Decimal(63000)
    assert draft.targets == (TargetDraft(Decimal(65000)), TargetDraft(Decimal(66000)))
    assert draft.leverage == Decimal(5)
    assert (draft.timeframe, draft.id, draft.comment) == ("4h", "a-1", "breakout")
    assert draft.valid_until == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not draft.doubts


def test_targets_may_be_listed_with_their_shares() -> None:
    listed = [{"price": "65000", "share": "0.5"}, "66000"]

    assert only(action="buy", take_profits=listed).targets == (
        TargetDraft(Decimal(65000), Decimal("0.5")),
        TargetDraft(Decimal(66000)),
    )


def test_a_close_carries_the_price_it_was_closed_at_and_an_update_its_levels() -> None:
    closed = only(prev_market_position="long", market_position="flat", price="70000.10", sl="1")
    assert (closed.exit_price, closed.stop_loss) == (Decimal("70000.10"), None)

    updated = only(action="update", ref="a-1", sl="64000", price="70000")
    assert (updated.ref, updated.stop_loss, updated.entries) == ("a-1", Decimal(64000), ())


def test_a_change_that_names_its_signal_needs_no_ticker() -> None:
    [draft] = drafts_of({"action": "close", "ref": "a-1"})

    assert (draft.kind, draft.ref, draft.doubts) == (DraftKind.CLOSE, "a-1", ())


@pytest.mark.parametrize(
    ("members", "doubt"),
    [
        ({"sl": True}, "not a decimal number"),
        ({"sl": "0"}, "greater than zero"),
        ({"price": "NaN"}, "not a finite number"),
        ({"price": "1e99999999999999999999"}, "not a decimal number"),
        ({"price": ["1", {}]}, "not a decimal number"),
        ({"tp": {"level": "1"}}, "beside its price and share"),
        ({"tp": ["1"] * 21}, "more levels"),
        ({"order_type": "iceberg"}, "no order type"),
        ({"interval": "every now and then"}, "no timeframe"),
        ({"valid_until": "soon"}, "no time"),
        ({"comment": {"a": 1}}, "should be a text"),
        ({"ref": "a-1"}, "opens a new one"),
        ({"action": "dance"}, "no action"),
        ({"action": ""}, "neither an action nor a position"),
        ({"ticker": ""}, "no instrument"),
    ],
)
def test_what_can_not_be_read_is_doubted_and_not_left_out(
    members: dict[str, Any], doubt: str
) -> None:
    draft = only(**{"action": "buy"} | members)

    assert doubt in " ".join(draft.doubts)
