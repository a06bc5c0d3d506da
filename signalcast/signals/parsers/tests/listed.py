"""An instrument list in memory, and what the tests say a call comes to."""

from __future__ import annotations

import re
from decimal import Decimal

from signalcast.signals import parsers
from signalcast.signals.draft import Draft, Parsed

ALIASES = {
    "GOLD": "XAUUSD",
    "XBTUSD": "BTCUSD",
    "NASDAQ": "NAS100",
    "DOW": "US30",
    "DOWJONES": "US30",
    "SP500": "SPX500",
    "BRKB": "BRK.B",
}
SYMBOLS = """
    BTCUSDT ETHUSDT SOLUSDT DOGEUSDT PEPEUSDT 1000PEPEUSDT 1INCHUSDT BTCUSD ETHBTC EURUSD
    GBPUSD GBPJPY USDJPY EURAUD XAUUSD US30 NAS100 SPX500 AAPL CAT NOW BRK.B
"""


class Listed:
    """Finds symbols by their spelling in capitals without separators."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._table = {re.sub(r"\W", "", symbol): symbol for symbol in SYMBOLS.split()} | ALIASES

    def find(self, word: str) -> str | None:
        self.asked.append(word)
        return self._table.get(word)


def parse(text: str) -> Parsed:
    return parsers.find("english").parse(text, Listed())


def draft(text: str) -> Draft:
    """The one draft of a text; fails when it is chatter."""
    (only,) = parse(text).drafts
    return only


def plain_draft(text: str) -> Draft:
    """The one draft of a text that is published without a person."""
    only = draft(text)
    assert only.doubts == ()
    return only


def prices(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def targets(found: Draft) -> tuple[Decimal, ...]:
    return tuple(target.price for target in found.targets)
