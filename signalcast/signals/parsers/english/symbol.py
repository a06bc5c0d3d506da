"""Finds the instruments that a message names. Only the instrument list decides what is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from signalcast.signals.draft import Instruments
from signalcast.signals.parsers.english.words import (
    CURRENCIES,
    ENGLISH,
    NAMERS,
    SIDES,
    VENUES,
    VOCABULARY,
)

#: A run of letters and digits, with the separators inside numbers.
CHUNK = re.compile(r"(?<![\w.])\.\d+|[^\W_]+(?:(?<=\d)[.,'](?=\d)[^\W_]+)*")

_PAIR_GAP = re.compile(r" {0,2}[/_&-] {0,2}| {1,2}|\.")
_SLASH_GAP = re.compile(r" {0,2}[/_-] {0,2}")
_COIN_QUOTES = frozenset(["BTC", "ETH", "BNB", "XBT"])
#: TP1, 25x, 1st: a label or a count, never an instrument that the list does not know.
_COUNTED = re.compile(
    r"([A-Za-z]{2,})\d+|x\d+|\d+(?:[xXkKmMhHdDwW]|st|nd|rd|th|min)", re.IGNORECASE
)
_STABLE = re.compile(r"[A-Z0-9]{2,12}(?:USDT|USDC|BUSD|FDUSD|USD)(?:PERP)?")


@dataclass(frozen=True, slots=True)
class Named:
    """An instrument, or with no symbol a word in the place of one that the list does not know."""

    start: int
    end: int
    word: str
    symbol: str | None


def find_instruments(text: str, instruments: Instruments) -> list[Named]:
    """Everything in the text that names an instrument or seems to, in order."""
    chunks = list(CHUNK.finditer(text))
    named: list[Named] = []
    at = 0
    while at < len(chunks):
        found = _several(text, chunks, at, instruments) or _single(text, chunks, at, instruments)
        if found is None:
            at += 1
            continue
        named.append(found)
        while at < len(chunks) and chunks[at].start() < found.end:
            at += 1
    return _with_stated_quote(text, named, instruments)


def _several(
    text: str, chunks: list[re.Match[str]], at: int, instruments: Instruments
) -> Named | None:
    """A name of two or three chunks: EUR/USD, S&P 500, a pair that the list does not know."""
    for size in (3, 2):
        run = chunks[at : at + size]
        if len(run) < size or any(len(chunk[0]) > 12 for chunk in run):
            continue
        if not any(ch.isalpha() for ch in run[0][0]):
            continue
        gaps = [text[a.end() : b.start()] for a, b in pairwise(run)]
        if not all(_PAIR_GAP.fullmatch(gap) for gap in gaps):
            continue
        if run[0][0].lower() in SIDES or (run[-1][0].upper() in _COIN_QUOTES and gaps[-1] == " "):
            continue
        word = "".join(chunk[0] for chunk in run).upper()
        symbol = instruments.find(word)
        if symbol:
            return Named(run[0].start(), run[-1].end(), word, symbol)
    return _unknown_pair(text, chunks[at : at + 2], instruments)


def _unknown_pair(text: str, run: list[re.Match[str]], instruments: Instruments) -> Named | None:
    """X/USD where the list knows no X/USD: it must not be taken for an X that the list knows."""
    if len(run) < 2 or not any(ch.isalpha() for ch in run[0][0]):
        return None
    base, quote = run[0][0].upper(), run[1][0].upper()
    gap = text[run[0].end() : run[1].start()]
    if base.lower() in VOCABULARY or quote not in CURRENCIES | _COIN_QUOTES:
        return None
    slash = bool(_SLASH_GAP.fullmatch(gap))
    if not slash and (gap != " " or quote in _COIN_QUOTES):
        return None
    symbol = _look_up(base, instruments)
    if symbol and symbol.endswith(quote):
        return Named(run[0].start(), run[1].end(), base, symbol)
    if symbol is None and not slash and base not in CURRENCIES:
        return None
    return Named(run[0].start(), run[1].end(), base + quote, None)


def _single(
    text: str, chunks: list[re.Match[str]], at: int, instruments: Instruments
) -> Named | None:
    chunk = chunks[at]
    word, start, end = chunk[0], chunk.start(), chunk.end()
    mark = text[start - 1 : start] if start else ""
    marked = mark in {"#", "$"} and word[0].isalnum()
    if not any(ch.isalpha() for ch in word) or len(word) > 24:
        return None
    if word.lower() in VENUES and text[end : end + 1] == ":" and text[end + 1 : end + 2].isalnum():
        return None
    if (word.lower() in VOCABULARY and mark != "$") or (len(word) < 2 and mark != "$"):
        return None
    symbol = _look_up(word.upper(), instruments)
    ordinary = len(word) <= 4 and symbol == word.upper() and not word.isupper()
    if symbol and (marked or not ordinary):
        return Named(start, end + _perpetual(text, end), word.upper(), symbol)
    if _seems_one(text, chunks, at, marked=marked):
        return Named(start, end, word.upper(), None)
    return None


def _look_up(word: str, instruments: Instruments) -> str | None:
    symbol = instruments.find(word)
    if symbol is None and word.endswith("PERP"):
        symbol = instruments.find(word.removesuffix("PERP"))
    return symbol


def _perpetual(text: str, end: int) -> int:
    """The length of the `.P` with which TradingView marks a perpetual contract."""
    return 2 if re.match(r"\.P\b", text[end : end + 3]) else 0


def _seems_one(text: str, chunks: list[re.Match[str]], at: int, *, marked: bool) -> bool:
    """Whether a word that the list does not know stands where an instrument would."""
    word = chunks[at][0]
    upper = word.upper()
    counted = _COUNTED.fullmatch(word)
    if counted and (counted[1] is None or counted[1].lower() in VOCABULARY):
        return False
    if marked:
        return len(word) <= 6 or bool(_STABLE.fullmatch(upper))
    if _STABLE.fullmatch(upper) or {upper[:3], upper[3:]} <= CURRENCIES:
        return True
    line = text.rfind("\n", 0, chunks[at].start()) + 1
    before = chunks[at - 1] if at and chunks[at - 1].start() >= line else None
    if before is not None:
        gap = text[before.end() : chunks[at].start()].strip(" #$()[]*")
        if before[0].lower() in SIDES and gap == "" and word.lower() not in ENGLISH:
            return True
        if before[0].lower() in NAMERS and gap in {":", "=", "-"}:
            return True
    after = chunks[at + 1] if at + 1 < len(chunks) else None
    gap = text[chunks[at].end() : after.start()].strip(" #$()[]*") if after else "\n"
    if after and gap == "" and after[0].lower() in SIDES:
        return word.isupper() or before is None
    return before is None and "\n" in gap and word.isupper() and len(word) >= 2


def _with_stated_quote(text: str, named: list[Named], instruments: Instruments) -> list[Named]:
    """Complete the one bare coin of a message that says elsewhere what it is quoted in."""
    words = {one.word for one in named}
    if len(words) != 1 or named[0].symbol or words & CURRENCIES:
        return named
    quotes = {word for word in re.findall(r"[A-Z]+", text) if word in {"USDT", "USDC", "USD"}}
    symbol = instruments.find(named[0].word + quotes.pop()) if len(quotes) == 1 else None
    if symbol is None:
        return named
    return [Named(one.start, one.end, one.word, symbol) for one in named]
