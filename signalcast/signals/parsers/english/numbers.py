"""Numbers as traders write them. A number that can be read in two ways is not read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from signalcast.core.prices import NotAPrice, price

_PLAIN = re.compile(r"(?:\d+|\d*\.\d+)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_APOSTROPHES = re.compile(r"\d{1,3}(?:'\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"(\d+),(\d+)")
_DOT_THEN_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+")
_LIST = re.compile(r"\d+(?:\.\d+)?(?:,\d+(?:\.\d+)?)+")

#: No price is written with more characters.
_LONGEST = 40

#: Two neighbours of a list of prices are closer than this; the halves of a decimal are mostly not.
_CLOSE = 5


class Unclear(ValueError):
    """The digits can be read in more than one way, or in none that is a price."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the message as a whole writes its numbers."""

    decimal_comma: bool
    decimal_dot: bool
    #: Whole numbers written without any separator.
    wholes: tuple[int, ...]


def style(chunks: list[str]) -> Style:
    """Learn the style from the numbers that leave no doubt."""
    chunks = [chunk for chunk in chunks if len(chunk) <= _LONGEST]
    return Style(
        decimal_comma=any(_surely_decimal_comma(chunk) for chunk in chunks),
        decimal_dot=any(_surely_decimal_dot(chunk) for chunk in chunks),
        wholes=tuple(int(chunk) for chunk in chunks if chunk.isdecimal() and 4 <= len(chunk) <= 12),
    )


def read(chunk: str, style: Style) -> list[Decimal]:
    """The prices that a run of digits and separators stands for. Raises Unclear."""
    if len(chunk) > _LONGEST:
        raise Unclear
    try:
        return [price(text) for text in _texts(chunk, style)]
    except NotAPrice:
        raise Unclear from None


def _texts(chunk: str, style: Style) -> list[str]:
    if _PLAIN.fullmatch(chunk):
        if len(chunk) > 1 and chunk[0] == "0" and chunk.isdecimal():
            raise Unclear
        if style.decimal_comma and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", chunk):
            raise Unclear
        return [chunk]
    if _APOSTROPHES.fullmatch(chunk):
        return [chunk.replace("'", "")]
    if _DOT_THEN_COMMA.fullmatch(chunk) and not _LIST.fullmatch(chunk):
        return [chunk.replace(".", "").replace(",", ".")]
    if "," not in chunk or "'" in chunk:
        raise Unclear
    return _with_commas(chunk, style)


def _with_commas(chunk: str, style: Style) -> list[str]:
    if _THOUSANDS.fullmatch(chunk) and not style.decimal_comma:
        whole = chunk.replace(",", "")
        if "." in chunk or (chunk.count(",") == 1 and _fits(whole, style)):
            return [whole]
        raise Unclear
    single = _COMMA.fullmatch(chunk)
    if single:
        if style.decimal_comma and not style.decimal_dot:
            return [f"{single[1]}.{single[2]}"]
        if _is_close(single[1], single[2]) and len(single[1]) > 3 and single[2][0] != "0":
            return [single[1], single[2]]
        raise Unclear
    parts = chunk.split(",")
    if _LIST.fullmatch(chunk) and not (style.decimal_comma or _THOUSANDS.fullmatch(chunk)):
        return parts
    raise Unclear


def _fits(whole: str, style: Style) -> bool:
    """Whether the message shows that a comma parts thousands."""
    near = any(number < 2 * int(whole) < 4 * number for number in style.wholes)
    return style.decimal_dot or near


def _surely_decimal_comma(chunk: str) -> bool:
    match = _COMMA.fullmatch(chunk)
    if match is None:
        return False
    whole, rest = match.groups()
    if len(rest) == 3 and whole[0] != "0":
        return False
    return rest[0] == "0" or whole[0] == "0" or not _is_close(whole, rest)


def _surely_decimal_dot(chunk: str) -> bool:
    if _THOUSANDS.fullmatch(chunk):
        return "." in chunk
    if not _PLAIN.fullmatch(chunk) or "." not in chunk:
        return False
    whole, rest = chunk.split(".")
    return len(rest) != 3 or len(whole) > 3 or whole in {"", "0"}


def _is_close(one: str, other: str) -> bool:
    low, high = sorted((int(one), int(other)))
    return low * _CLOSE >= high
