"""The instrument list: what free text may name. Nothing outside it is ever guessed."""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import yaml

from signalcast.feeds.models import Instrument, InstrumentAlias

#: Seconds a list that was read is used before it is read again.
REREAD = 60.0
SHIPPED = Path(__file__).with_name("instruments.yaml")


def spelled(word: str) -> str:
    """A word as the list spells it: in capitals, without separators."""
    return re.sub(r"[^A-Z0-9]", "", word.upper())


class InstrumentList:
    """The list that is shipped and the installation's own additions, by every spelling."""

    def __init__(self) -> None:
        self.read_at = time.monotonic()
        self._by_spelling = dict(_shipped())
        for symbol in Instrument.objects.values_list("symbol", flat=True):
            self._by_spelling[spelled(symbol)] = symbol
        self._by_spelling |= dict(
            InstrumentAlias.objects.values_list("spelling", "instrument__symbol")
        )

    def find(self, word: str) -> str | None:
        """The canonical symbol of a spelling, or None."""
        return self._by_spelling.get(word)


@cache
def _shipped() -> dict[str, str]:
    spellings: dict[str, str] = {}
    for listed in yaml.load(SHIPPED.read_text(), Loader=yaml.CSafeLoader)["instruments"]:
        for spelling in (spelled(listed["symbol"]), *listed.get("aliases", ())):
            spellings[spelling] = listed["symbol"]
    return spellings


@cache
def _kept() -> dict[str, InstrumentList]:
    return {}


def instruments() -> InstrumentList:
    """The current list, at most a minute old."""
    kept = _kept().get("list")
    if kept is None or time.monotonic() - kept.read_at > REREAD:
        kept = _kept()["list"] = InstrumentList()
    return kept
