"""News and changes of earlier calls, and talk, never become new calls."""

from __future__ import annotations

from decimal import Decimal

import pytest

from signalcast.signals.draft import DraftKind
from signalcast.signals.parsers.tests.listed import draft, parse, plain_draft


@pytest.mark.parametrize(
    "text",
    [
        "XAUUSD TP1 hit ✅ +50 pips",
        "Target 2 reached on BTCUSDT 🎯",
        "BTCUSDT entry filled, trade is running",
    ],
)
def test_news_of_a_call_is_an_update_that_tells_it(text: str) -> None:
    found = plain_draft(text)
    assert found.kind is DraftKind.UPDATE
    assert found.comment == text
    assert (found.stop_loss, found.targets, found.entries) == (None, (), ())


def test_a_moved_stop_is_an_update_with_the_new_stop() -> None:
    found = plain_draft("XAUUSD move SL to 2655")
    assert (found.kind, found.stop_loss) == (DraftKind.UPDATE, Decimal("2655"))


@pytest.mark.parametrize("text", ["XAUUSD move SL to entry", "XAUUSD set SL to BE"])
def test_a_stop_moved_to_the_entry_names_no_price_and_goes_to_review(text: str) -> None:
    found = draft(text)
    assert (found.kind, found.stop_loss) == (DraftKind.UPDATE, None)
    assert found.doubts


@pytest.mark.parametrize(
    "text", ["Close XAUUSD now", "Closing XAUUSD at entry", "Exit XAUUSD", "XAUUSD SL hit"]
)
def test_a_close_is_read_as_one(text: str) -> None:
    found = plain_draft(text)
    assert (found.kind, found.symbol) == (DraftKind.CLOSE, "XAUUSD")


def test_a_cancel_is_read_as_one() -> None:
    assert plain_draft("Cancel EURUSD buy limit").kind is DraftKind.CANCEL


def test_the_id_that_a_change_names_is_a_reference() -> None:
    found = plain_draft("Close XAUUSD now\nID: #desk-7")
    assert (found.ref, found.id) == ("desk-7", None)


@pytest.mark.parametrize("text", ["close now", "TP1 hit", "cancel", "Move SL to 2655"])
def test_a_change_that_names_no_instrument_goes_to_review(text: str) -> None:
    found = draft(text)
    assert found.kind is not DraftKind.NEW
    assert found.symbol is None
    assert found.doubts


@pytest.mark.parametrize(
    "text",
    [
        "Close half of XAUUSD",
        "Close all trades",
        "Close XAUUSD if it drops below 2640",
        "Close XAUUSD and buy EURUSD",
        "Cancel or close XAUUSD",
        "XAUUSD: remove TP2, new TP 2690",
        "XAUUSD SL 2655",
    ],
)
def test_a_change_that_is_not_plain_goes_to_review(text: str) -> None:
    found = draft(text)
    assert found.kind is not DraftKind.NEW
    assert found.doubts


@pytest.mark.parametrize(
    "text",
    [
        "Buy BTCUSDT 64250 SL 63000 TP 65000 ✅",
        "Buy BTCUSDT 64250 SL 63000 TP 65000 hit",
        "Buy BTCUSDT 64250 SL 63000 TP 65000 closed in profit",
        "Buy BTCUSDT 64250 SL 63000 TP 65000 cancelled",
        "BTCUSDT long 64250 SL 63000 TP1 65000✅ TP2 66000\nBooked",
        "LONG BTCUSDT 64250, TP 65000 smashed, +40% profit",
    ],
)
def test_a_call_told_again_with_its_outcome_is_not_a_new_one(text: str) -> None:
    found = draft(text)
    assert found.kind is not DraftKind.NEW
    assert found.doubts


@pytest.mark.parametrize(
    "text",
    [
        "Good morning traders, have a great day!",
        "Gold is up today, what a move",
        "Who wants to buy my course?",
        "Join our VIP group: https://example.org/vip?x=64250 @somebody",
        "NFP in 30 minutes, trade carefully",
        "We made 300 pips this week 🎉",
    ],
)
def test_talk_is_chatter_with_a_reason(text: str) -> None:
    found = parse(text)
    assert found.chatter
    assert found.drafts == ()
    assert found.reason
