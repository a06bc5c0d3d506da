"""Whatever the text: no exception, no contradiction published, no instrument of its own."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.parsers.tests.listed import SYMBOLS, parse, targets

PIECES = """
    buy sell long short BTCUSDT #SOL/USDT EUR/USD gold $BTC GOLD/EUR sl stop loss tp TP1 TP2 target
    targets entry zone @ : - / | , = ( ) ✅ 🎯 now limit market above below close cancel hit move to
    leverage 10x 20 5% 50 pips 1) 2) 1. 64250 64,250 63000 65000 66000.5 1.0850 1,0850 .7
    2650-2640 3x 4h 15m 10/11/2026 21:30 id:7 risk no open if ? 1️⃣ ٣ ½
"""
ODD = ["\n", "\n\n", "\u200b", "\u202e", "20\u0445", "\u00d710", "\0"]
WORDS = st.sampled_from([*PIECES.split(), *ODD])
MESSAGES = st.one_of(
    st.text(max_size=300),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=40).map("".join),
)


def _is_consistent(draft: Draft) -> bool:
    prices = targets(draft)
    ordered = sorted(set(prices), reverse=draft.side == "sell")
    sign = 1 if draft.side == "buy" else -1
    below = [draft.stop_loss] if draft.stop_loss is not None else []
    return (
        list(prices) == ordered
        and all(sign * low < sign * entry for low in below for entry in draft.entries)
        and all(sign * entry < sign * price for entry in draft.entries for price in prices)
        and all(sign * low < sign * price for low in below for price in prices)
    )


@settings(max_examples=600, deadline=None)
@given(MESSAGES)
def test_no_text_breaks_it_and_no_contradiction_gets_through(text: str) -> None:
    found = parse(text)
    assert found.chatter != bool(found.drafts)
    for draft in found.drafts:
        assert draft.symbol is None or draft.symbol in SYMBOLS.split()
        if draft.kind is DraftKind.NEW and not draft.doubts:
            assert draft.symbol is not None
            assert draft.side in {"buy", "sell"}
            assert draft.entries or draft.order_type == "market"
            assert _is_consistent(draft)


@pytest.mark.parametrize(
    "text",
    [
        "1,",
        "1-",
        "1.",
        "Aa",
        "A ",
        "a/",
        "tp\n",
        "tp1\n",
        "BTC/USDT ",
        "x, [",
        "(",
        "@",
        "1:",
        "risk - to ",
        "\ufdfa",
        " \n",
    ],
)
def test_hostile_texts_take_no_longer_than_long_ones(text: str) -> None:
    began = time.perf_counter()
    parse((text * 8_000)[:8_000])
    parse(text * 100_000)
    assert time.perf_counter() - began < 2
