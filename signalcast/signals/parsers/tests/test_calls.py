"""Plain calls come out as they were meant, without a doubt."""

from __future__ import annotations

from decimal import Decimal

import pytest

from signalcast.signals.draft import DraftKind
from signalcast.signals.parsers.tests.listed import plain_draft, prices, targets

#: "BUY GOLD" in the mathematical letters that chats use for bold type.
BOLD_BUY_GOLD = "\U0001d5d5\U0001d5e8\U0001d5ec \U0001d5da\U0001d5e2\U0001d5df\U0001d5d7"


def test_a_call_on_one_line_is_read_whole() -> None:
    found = plain_draft("BUY BTCUSDT @ 64250 SL 63000 TP1 65000 TP2 66000")
    assert (found.kind, found.symbol, found.side) == (DraftKind.NEW, "BTCUSDT", "buy")
    assert found.entries == prices("64250")
    assert found.stop_loss == Decimal("63000")
    assert targets(found) == prices("65000", "66000")
    assert found.order_type is None


def test_an_entry_range_keeps_both_ends() -> None:
    found = plain_draft("#LONG $SOL/USDT entry 20-21 stop 19 targets 22 / 23")
    assert (found.symbol, found.side) == ("SOLUSDT", "buy")
    assert found.entries == prices("20", "21")
    assert targets(found) == prices("22", "23")


def test_a_decorated_call_over_many_lines_is_read_like_a_plain_one() -> None:
    found = plain_draft(
        "🔥🔥 VIP SIGNAL 🔥🔥\n\n📉 Pair: #EUR/USD\n👉 Direction: SHORT\n⚡ Leverage: Cross 20x\n"
        "⏰ Timeframe: 4H\n\n📌 Entry zone:\n1) 1.0850\n2) 1.0870\n\n"
        "🎯 Take-Profit Targets:\n1️⃣ 1.0800\n2️⃣ 1.0750\n3️⃣ 1.0700\n\n"
        "🛑 Stop Loss: 1.0920\n\nRisk 1-2% only. Not financial advice!"
    )
    assert (found.symbol, found.side) == ("EURUSD", "sell")
    assert found.entries == prices("1.0850", "1.0870")
    assert found.stop_loss == Decimal("1.0920")
    assert targets(found) == prices("1.0800", "1.0750", "1.0700")
    assert (found.leverage, found.timeframe) == (Decimal(20), "4h")


def test_lines_of_keys_and_values_are_read() -> None:
    found = plain_draft(
        "symbol=BTCUSDT\nside=buy\ntype=limit\nentry=64250.5\nsl=63000\ntp=65000,66000\n"
        "leverage=5\ntf=1h\nid=desk-7"
    )
    assert (found.symbol, found.side, found.order_type) == ("BTCUSDT", "buy", "limit")
    assert found.entries == prices("64250.5")
    assert targets(found) == prices("65000", "66000")
    assert (found.leverage, found.timeframe, found.id) == (Decimal(5), "1h", "desk-7")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("Gold sell now 2650.5 sl 2660 tp 2640", "market"),
        ("Sell limit EURUSD 1.0850", "limit"),
        ("buy stop GBPJPY 191.50 sl 190.9 tp 193", "stop"),
        ("Long BTCUSDT above 64250 SL 63000 TP 65000", "stop"),
        ("Short BTCUSDT above 64250 SL 65000 TP 63000", "limit"),
        ("Sell NAS100 at market, SL 20100, TP 19800", "market"),
        ("Long BTC/USDT\nEntry: market\nSL 63000\nTP 65000", "market"),
        ("LONG BTCUSDT\nSL 63000\nTP 65000", "market"),
        ("Buy BTCUSDT now", "market"),
        ("Buy BTCUSDT 64250 SL 63000 TP 65000", None),
    ],
)
def test_the_kind_of_order_is_what_the_words_say(text: str, order: str | None) -> None:
    assert plain_draft(text).order_type == order


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("BINANCE:BTCUSDT.P long 64250 sl 63000 tp 65000", "BTCUSDT"),
        ("NASDAQ:AAPL buy 190 sl 185 tp 200", "AAPL"),
        ("Buy EUR USD 1.0850 SL 1.0800 TP 1.0900", "EURUSD"),
        ("eurusd buy 1.0850 sl 1.0800 tp 1.0900", "EURUSD"),
        ("Dow Jones buy 39250 sl 39150 tp 39400", "US30"),
        ("S&P 500 sell 5200 sl 5250 tp 5100", "SPX500"),
        ("#1INCH/USDT long 0.40 sl 0.38 tp 0.45", "1INCHUSDT"),
        ("Long ETH/BTC 0.052 sl 0.050 tp 0.056", "ETHBTC"),
        ("BRK.B buy 410 sl 400 tp 430", "BRK.B"),
        ("Buy BTC 64250 USDT SL 63000 TP 66000", "BTCUSDT"),
        (f"{BOLD_BUY_GOLD} 2650 SL 2640 TP 2660", "XAUUSD"),
        ("BT\u200bCUS\ufeffDT buy 64250 sl 63000 tp 65000", "BTCUSDT"),
    ],
)
def test_an_instrument_is_known_by_any_spelling_of_the_list(text: str, symbol: str) -> None:
    assert plain_draft(text).symbol == symbol


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Long BTCUSDT 64,250.50 SL 63000 TP 66000", "64250.50"),
        ("Long BTCUSDT 64,250 SL 63000 TP 66000", "64250"),
        ("Long BTCUSDT 64'250 SL 63000 TP 66000", "64250"),
        ("Long BTCUSDT 64.25k SL 63k TP 66k", "64250"),
        ("Long EURUSD 1,0850 SL 1,0800 TP 1,0900", "1.0850"),
        ("Long DOGEUSDT .34 SL .30 TP .40", "0.34"),
    ],
)
def test_separators_are_read_where_only_one_reading_is_possible(text: str, entry: str) -> None:
    assert plain_draft(text).entries == prices(entry)


def test_numbers_that_are_no_levels_are_left_out() -> None:
    found = plain_draft(
        "Signal #1325\nGBPUSD SELL 1.2700\nSL 1.2750 (50 pips) -1%\nTP1 1.2650 +50\n"
        "TP2 1.2600 +100\nLot size 0.01\nR:R 1:2\n10/11/2026 21:30"
    )
    assert found.entries == prices("1.2700")
    assert found.stop_loss == Decimal("1.2750")
    assert targets(found) == prices("1.2650", "1.2600")


def test_equal_parts_of_a_hundred_percent_are_shares() -> None:
    found = plain_draft("Long SOLUSDT 20 SL 19\nTargets:\n1) 21 - 50%\n2) 22 - 50%")
    assert [target.share for target in found.targets] == [Decimal("0.5"), Decimal("0.5")]


def test_growing_percent_beside_targets_are_gains_and_no_shares() -> None:
    found = plain_draft("Long SOLUSDT 20 SL 19\nTargets:\n1) 21 (40%)\n2) 22 (60%)")
    assert [target.share for target in found.targets] == [None, None]


def test_a_side_that_only_the_levels_tell_is_taken_from_them() -> None:
    assert plain_draft("#SOL/USDT\nEntry: 20\nTargets: 21 - 22\nStop: 19").side == "buy"
    assert plain_draft("#SOL/USDT\nEntry: 20\nTargets: 19 - 18\nStop: 21").side == "sell"


def test_a_target_left_open_is_no_gap() -> None:
    found = plain_draft("XAUUSD BUY 2650\nSL 2640\nTP 2660\nTP open")
    assert targets(found) == prices("2660")


def test_in_a_short_a_price_labelled_buy_is_the_entry() -> None:
    found = plain_draft("SHORT BTCUSDT\nBuy: 64250\nTarget 1: 63000\nStoploss: 65000")
    assert (found.side, found.entries) == ("sell", prices("64250"))


def test_line_ends_that_were_lost_do_no_harm() -> None:
    found = plain_draft("BTCUSDT LONGLeverage: 10.0XEntry: 64250Targets: 65000 66000SL: 63000")
    assert (found.side, found.leverage) == ("buy", Decimal("10.0"))
    assert targets(found) == prices("65000", "66000")
