"""The instruments that every installation starts with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from signalcast import feeds
from signalcast.signals import parsers

KINDS = {"crypto", "forex", "metal", "index", "energy", "stock"}


@pytest.fixture(scope="module")
def instruments() -> list[dict[str, Any]]:
    path = Path(str(feeds.__file__)).with_name("instruments.yaml")
    listed: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["instruments"]
    return listed


def test_every_spelling_names_one_instrument_only(instruments: list[dict[str, Any]]) -> None:
    spellings = [
        re.sub(r"[^A-Z0-9]", "", spelling)
        for one in instruments
        for spelling in [one["symbol"], *one.get("aliases", [])]
    ]
    assert sorted(spellings) == sorted(set(spellings))


def test_symbols_kinds_and_aliases_are_well_formed(instruments: list[dict[str, Any]]) -> None:
    for one in instruments:
        assert re.fullmatch(r"[A-Z0-9._/:-]{1,32}", one["symbol"])
        assert one["kind"] in KINDS
        assert one.keys() <= {"symbol", "kind", "decimals", "aliases"}
        assert isinstance(one.get("decimals", 0), int)
        assert all(re.fullmatch(r"[A-Z0-9]{2,32}", alias) for alias in one.get("aliases", []))


def test_a_coin_alone_names_no_instrument(instruments: list[dict[str, Any]]) -> None:
    crypto = [one for one in instruments if one["kind"] == "crypto"]
    spellings = {name for one in instruments for name in [one["symbol"], *one.get("aliases", [])]}
    for one in crypto:
        assert re.sub(r"(USDT|USDC|USD|EUR|BTC)$", "", one["symbol"]) not in spellings


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("GOLD buy 2650 sl 2640 tp 2660", "XAUUSD"),
        ("Buy US30 39250 sl 39150 tp 39400", "US30"),
        ("Dow Jones buy 39250 sl 39150 tp 39400", "US30"),
        ("Long AVAX/USDT 30 sl 29 tp 32", "AVAXUSDT"),
        ("Sell WTI 70.5 sl 71 tp 69", "USOIL"),
        ("Long AVAX 30 sl 29 tp 32", None),
    ],
)
def test_common_names_lead_to_their_instruments(
    instruments: list[dict[str, Any]], text: str, symbol: str | None
) -> None:
    class Table(dict[str, str]):
        def find(self, word: str) -> str | None:
            return self.get(word)

    table = Table(
        (re.sub(r"[^A-Z0-9]", "", spelling), one["symbol"])
        for one in instruments
        for spelling in [one["symbol"], *one.get("aliases", [])]
    )
    (draft,) = parsers.find("english").parse(text, table).drafts
    assert draft.symbol == symbol
    assert (draft.doubts == ()) == (symbol is not None)
