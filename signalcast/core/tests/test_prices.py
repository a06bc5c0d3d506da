"""Prices keep every digit, on every engine, and refuse what no market quotes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcast.core.prices import NotAPrice, plain, price
from signalcast.feeds.models import Feed, Source
from signalcast.signals.models import Revision, Signal


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-1", "0", "1e12", "1e400", "0.0000000000001", "abc", "", "1,5"]
)
def test_what_no_market_quotes_is_refused_in_words(text: str) -> None:
    with pytest.raises(NotAPrice, match=r"^(is|must|has) "):
        price(text)


@given(st.decimals("0.000000000001", "999999999999", places=12))
def test_every_sane_number_comes_back_with_the_digits_it_was_posted_with(number: Decimal) -> None:
    assert price(plain(number)) == number
    assert "E" not in plain(number)


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.parametrize("text", ["64250.50", "0.000000000001", "123456789012.123456789012"])
def test_a_stored_price_keeps_every_digit(text: str) -> None:
    feed = Feed.objects.create(slug="gold", name="Gold")
    source = Source.objects.create(slug="desk", feed=feed, token_digest="x")
    signal = Signal.objects.create(feed=feed, source=source, symbol="XAUUSD")
    Revision.objects.create(
        signal=signal, number=1, kind="new", side="buy", order_type="market",
        stop_loss=Decimal(text),
    )  # fmt: skip

    stored = Revision.objects.get(signal=signal).stop_loss

    assert stored is not None
    assert plain(stored) == text
