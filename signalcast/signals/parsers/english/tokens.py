"""Cuts a message into words, numbers with their units, marks and line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from signalcast.signals.parsers.english import numbers
from signalcast.signals.parsers.english.symbol import CHUNK, Named
from signalcast.signals.parsers.english.words import VOCABULARY

Kind = Literal["word", "number", "mark", "line", "symbol"]
Unit = Literal["", "%", "x", "pips", "time", "lots", "count", "odd", "unclear"]

_PART = re.compile(r"\d+(?:[.,']\d+)*|\.\d+|[^\W\d_]+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_UNITS: dict[str, Unit] = {
    **dict.fromkeys(["%", "percent", "pct"], "%"),
    **dict.fromkeys(["x", "\u0445", "X"], "x"),
    **dict.fromkeys(["pip", "pips", "points", "pts", "point", "ticks"], "pips"),
    **dict.fromkeys(["lot", "lots"], "lots"),
    **dict.fromkeys(["st", "nd", "rd", "th"], "count"),
    **dict.fromkeys(
        ["m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours"],
        "time",
    ),
    **dict.fromkeys(["d", "day", "days", "w", "week", "weeks"], "time"),
}
_CODES = {"m": "1 3 5 10 15 30 45", "h": "1 2 3 4 6 8 12", "d": "1 3", "w": "1"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a message; `text` is lower case for words."""

    kind: Kind
    text: str
    at: int
    #: It follows the token before it without a blank.
    glued: bool = False
    value: Decimal | None = None
    unit: Unit = ""
    #: The canonical timeframe that a number with a unit of time spells.
    timeframe: str | None = None


def tokens(text: str, named: list[Named]) -> list[Token]:
    """The message in pieces, the instruments in it as one piece each."""
    pieces = list(_pieces(text, {one.start: one for one in named if one.symbol}))
    style = numbers.style([piece.text for piece in pieces if piece.kind == "number"])
    read = [token for piece in pieces for token in _with_value(piece, style)]
    return _with_range_units(_with_units(read))


def _pieces(text: str, symbols: dict[int, Named]) -> Iterator[Token]:
    at = end = 0
    while at < len(text):
        glued = at == end and at > 0
        chunk = CHUNK.match(text, at)
        if at in symbols:
            named = symbols[at]
            yield Token("symbol", named.symbol or "", at, glued)
            at = end = named.end
        elif chunk:
            yield from _parts(chunk[0], at, glued=glued)
            at = end = chunk.end()
        else:
            if text[at] == "\n":
                yield Token("line", "\n", at)
            elif not text[at].isspace():
                yield Token("mark", text[at], at, glued)
                end = at + 1
            at += 1


def _parts(chunk: str, start: int, *, glued: bool) -> Iterator[Token]:
    """`TP1` and `10x` are a word and a number; `LONGLeverage` lost a line end."""
    for part in _PART.finditer(chunk):
        text, at = part[0], start + part.start()
        joined = glued or at > start
        if text[0] in "0123456789.":
            yield Token("number", text, at, joined)
            continue
        humps = list(_HUMP.finditer(text))
        known = all(hump[0].lower() in VOCABULARY for hump in humps)
        if len(humps) > 1 and known and sum(len(hump[0]) for hump in humps) == len(text):
            for hump in humps:
                yield Token("word", hump[0].lower(), at + hump.start(), joined or hump.start() > 0)
        else:
            yield Token("word", text.lower(), at, joined)


def _with_value(piece: Token, style: numbers.Style) -> list[Token]:
    if piece.kind != "number":
        return [piece]
    try:
        values = numbers.read(piece.text, style)
    except numbers.Unclear:
        return [replace(piece, unit="unclear")]
    return [replace(piece, value=value) for value in values]


def _with_units(pieces: list[Token]) -> list[Token]:
    """Join numbers with the units around them."""
    done: list[Token] = []
    for piece in pieces:
        last = done[-1] if done else None
        if last is not None and last.kind == "number" and not last.unit:
            unit = _unit(last, piece)
            if unit:
                done[-1] = replace(
                    last, unit=unit, timeframe=_timeframe(last.text, piece.text[:1], unit)
                )
                continue
            if piece.kind == "word" and piece.glued and piece.text == "k" and last.value:
                done[-1] = replace(last, value=last.value * 1000, text=last.text + "k")
                continue
            if piece.kind == "word" and piece.glued and piece.text not in VOCABULARY:
                done[-1] = replace(last, unit="odd", text=last.text + piece.text)
                continue
        if piece.kind == "number" and last is not None and last.kind == "word" and piece.glued:
            if last.text in {"x", "\u0445"} and not piece.unit:
                done[-1] = replace(piece, unit="x", glued=last.glued, at=last.at)
                continue
            code = _timeframe(piece.text, last.text, "time") if len(last.text) == 1 else None
            if code:
                done[-1] = replace(piece, unit="time", timeframe=code, glued=last.glued)
                continue
        done.append(piece)
    return done


def _unit(number: Token, piece: Token) -> Unit:
    unit = _UNITS.get(piece.text, "") if piece.kind in {"word", "mark"} else ""
    if piece.glued or unit in {"", "%", "pips", "lots"}:
        return unit
    spelled = unit == "time" and len(piece.text) > 1
    return "time" if spelled and number.value is not None and number.value < 1000 else ""


def _timeframe(count: str, letter: str, unit: Unit) -> str | None:
    if unit == "time" and count in _CODES.get(letter, "").split():
        return count + letter
    return None


def _with_range_units(pieces: list[Token]) -> list[Token]:
    """In `5-10x` and `3 to 5%` the unit belongs to both ends."""
    done = list(pieces)
    for at in range(len(done) - 2):
        low, mark, high = done[at : at + 3]
        if low.kind != "number" or high.kind != "number" or low.unit or not high.unit:
            continue
        if high.unit not in {"%", "x", "pips", "lots", "time"} or low.value is None:
            continue
        joined = mark.text == "to" or (mark.text == "-" and mark.glued and high.glued)
        if joined and high.value and low.value < high.value <= low.value * 10:
            done[at] = replace(low, unit=high.unit)
    return done
