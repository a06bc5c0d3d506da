"""What is not plain goes to review with its reason, and is never corrected."""

from __future__ import annotations

import pytest

from signalcast.signals.draft import DraftKind
from signalcast.signals.parsers.tests.listed import Listed, draft, parse


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Buy BTCUSDT 64250 SL 65000 TP 66000", "stop 65000 is on the wrong side"),
        ("Sell BTCUSDT 64250 SL 63000 TP 62000", "stop 63000 is on the wrong side"),
        ("Buy BTCUSDT 64250 SL 63000 TP 64000", "target 64000 is on the wrong side"),
        ("Buy BTCUSDT 64250 SL 63000 TP 66000 65000", "not in order"),
        ("Buy BTCUSDT now SL 66000 TP 65000", "stop 66000 is on the wrong side"),
        ("Buy or sell BTCUSDT 64250 SL 63000 TP 65000", "both directions"),
        ("Buy BTCUSDT 64250 SL 6300 TP 66000", "too far apart"),
        ("Buy BTCUSDT 64250-640 SL 630 TP 66000", "far apart"),
        ("Buy GBPJPY 191.5 SL 190\nTP 193\n500", "much further away"),
        ("Buy stop limit BTCUSDT 64250 SL 63000 TP 66000", "more than one kind of order"),
    ],
)
def test_levels_that_contradict_each_other_are_doubted(text: str, reason: str) -> None:
    assert reason in " ".join(draft(text).doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Buy BTCUSDT 64250 SL 2% TP 5%",
        "Buy EURUSD 1.0850 SL 50 pips TP 100 pips",
        "Buy EURUSD 1.0850 SL: -50 pips TP 1.0900",
    ],
)
def test_percent_and_pips_are_no_prices(text: str) -> None:
    assert "not as a price" in " ".join(draft(text).doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Buy BTCUSDT 64,250 SL 63,000 TP 65,000",
        "Buy USDJPY 150,700 SL 150,200 TP 151,500",
        "Buy GBPJPY 150,70 SL 150,50 TP 151,80",
        "Buy BTCUSDT 64.250.000 SL 63000 TP 65000",
        "Buy SOLUSDT 020 SL 19 TP 21",
    ],
)
def test_digits_with_two_readings_are_not_read(text: str) -> None:
    assert "can be read in more than one way" in " ".join(draft(text).doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Buy BTCUSDT 64250 SL 63000 TP 65000. Resistance above 65500.",
        "BTCUSDT rejected at 64000. Long now, SL 63000 TP 65000",
        "buy 1000 PEPEUSDT",
        "Buy 0.5 BTCUSDT 64250 SL 63000 TP 65000",
        "Buy GOLD\n2650\n2640\n2660",
        "Buy SOLUSDT low risk 65 SL 60 TP 70",
        "Buy SOLUSDT leverage 10 65 SL 60 TP 70",
        "Buy GOLD 2650 SL 2640 cut 2630 TP 2660",
        "Buy BTCUSDT 64250 SL 63000 62000 TP 65000",
        "Sell SOLUSDT 20 SL 20.6 TP1 19.8 TP2 19.6 12",
        "Sell SOLUSDT 20 SL 20.6\nTargets:\n19.8\n19.6\n12 members joined",
    ],
)
def test_a_number_that_nothing_explains_is_doubted(text: str) -> None:
    assert "stands for is not clear" in " ".join(draft(text).doubts)


@pytest.mark.parametrize(
    "text",
    [
        "Buy BTC 64250 SL 63000 TP 66000",
        "Long #LINK 12.5 SL 12 TP 13",
        "Long LINKUSDT 12.5 SL 12 TP 13",
        "Buy oil 70.5 SL 69 TP 72",
        "GOLD/EUR buy 2400 sl 2390 tp 2420",
        "Gold EUR buy 2400 sl 2390 tp 2420",
        "Long Solana at 150, sl 140, tp 170. BTCUSDT looks weak.",
        "Long #LINK 12.5 SL 12 TP 13 while BTCUSDT holds",
        "Pair: LINK\nBuy 12.5\nSL 12\nTP 13\n(BTCUSDT is flat)",
        "BTCUSDT and ETHUSDT long 64000 sl 63000 tp 65000",
        "Buy cat now",
        "Buy now",
    ],
)
def test_an_instrument_is_never_guessed(text: str) -> None:
    found = draft(text)
    assert found.symbol is None
    assert found.doubts


def test_only_the_instrument_list_is_asked_for_names_without_separators_in_capitals() -> None:
    from signalcast.signals.parsers import find

    listed = Listed()
    find("english").parse("Long $sol/usdt 20 sl 19 tp 21", listed)
    assert "SOLUSDT" in listed.asked
    assert all(word.isalnum() and word == word.upper() for word in listed.asked)


@pytest.mark.parametrize(
    "text",
    [
        "Buy EURUSD if it breaks 1.0850, SL 1.0800, TP 1.0900",
        "Wait for BTCUSDT to reach 64250 then buy, SL 63000 TP 65000",
        "should I buy BTCUSDT now?",
        "I bought BTCUSDT at 64000, SL 63000, TP 66000",
        "Buy AAPL 190 call 3.5 SL 3 TP 4",
        "AAPL 190C buy 3.5 SL 3 TP 4",
        "Buy BTCUSDT 64250 SL 63000 daily close TP 66000",
        "Buy BTCUSDT 64250 SL 63000 TP 65000 move SL to BE later",
        "> Buy BTCUSDT 64250 SL 63000 TP 65000\nstill fine",
        "Buy BTCUSDT 64250 SL 63000 TP2 65000",
        "Buy BTCUSDT",
        "BTCUSDT 64250 SL 63000",
        "Buy limit BTCUSDT SL 63000 TP 65000",
        "ref: desk-7\nBuy BTCUSDT 64250 SL 63000 TP 65000",
        "Buy BTCUSDT 64250 - 66000 +2.7%",
        "Compra BTCUSDT a 64250 con stop en 63000 y objetivo 65000",
        "Покупка BTCUSDT 64250 стоп 63000 цель 65000",
        "Buy BTCUSDT \u202e05246 SL 63000 TP 65000",
        "Buy BTCUSDT ٦٤٢٥٠ SL 63000 TP 65000",
    ],
)
def test_what_is_less_than_a_plain_call_goes_to_review(text: str) -> None:
    assert draft(text).doubts


@pytest.mark.parametrize(
    "price", ["0", "-5", "1000000000000", "1.1234567890123", "1e5", "NaN", "9" * 5000]
)
def test_absurd_prices_are_never_published(price: str) -> None:
    found = draft(f"Buy BTCUSDT {price} SL 63000 TP 65000")
    assert found.doubts or found.entries == ()
    assert draft(f"Buy BTCUSDT 64250 SL {price} TP 65000").doubts


def test_a_text_over_eight_thousand_characters_is_refused() -> None:
    found = draft("Buy BTCUSDT 64250 SL 63000 TP 65000 " + "x" * 100_000)
    assert (found.kind, found.symbol, found.entries) == (DraftKind.NEW, None, ())
    assert "8000" in found.doubts[0]


def test_empty_text_is_chatter() -> None:
    assert parse("").chatter
    assert parse(" \n\t\u200b").chatter
