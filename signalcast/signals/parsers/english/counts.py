"""Recognises numbers that count or refer to something and are no prices."""

from __future__ import annotations

from signalcast.signals.parsers.english.tokens import Token

_AFTER_INDEX = frozenset([":", "-", "=", ">", "@", ".", "✅", "\n", "$", "at", "set"])
_MOST_INDEX = 20


def is_list_index(pieces: list[Token], at: int) -> bool:
    """`1)` in front of a price, `5.` at the start of a line."""
    after, following = _piece(pieces, at + 1), _piece(pieces, at + 2)
    if after is None or not after.glued or not _is_small(pieces[at]):
        return False
    before = _piece(pieces, at - 1)
    bracketed = before is not None and before.text in {"(", "["}
    before = _piece(pieces, at - 2) if bracketed else before
    starts = before is None or before.kind == "line"
    leads = following is not None and following.kind in {"number", "symbol"}
    if after.text in {")", "]"}:
        return starts or (leads and not bracketed)
    return after.text == "." and starts and leads


def is_label_index(pieces: list[Token], at: int, *, label: str, expected: int) -> bool:
    """TP1, Target 2:, Entry 1 - with LABEL the word before, EXPECTED the next of its kind.

    Standing apart it is one only when it is the expected number and a price follows, so that
    `TP 12 14.5` stays two prices.
    """
    piece, before = pieces[at], _piece(pieces, at - 1)
    if not _is_small(piece) or before is None or before.text not in {label, "_"}:
        return False
    ahead = at + 1
    sign = _piece(pieces, ahead)
    value = _piece(pieces, ahead)
    while value is not None and value.text in _AFTER_INDEX:
        ahead += 1
        value = _piece(pieces, ahead)
    priced = value is not None and value.kind == "number"
    if piece.glued:
        return priced or piece.value == expected
    told_apart = sign is not None and sign.text in {":", "=", "@"}
    counts = value is not None and value.unit == "" and _is_small(value)
    return priced and piece.value == expected and (told_apart or not counts)


def is_reference(pieces: list[Token], at: int) -> bool:
    """`#1325`, `Signal# 1325`"""
    sign = _piece(pieces, at - 1)
    return sign is not None and sign.text == "#" and (pieces[at].glued or sign.glued)


def is_count_of_pips(pieces: list[Token], at: int) -> bool:
    """`SL 1.0810 -70`: a signed whole number behind a price counts pips."""
    piece, sign, level = pieces[at], _piece(pieces, at - 1), _piece(pieces, at - 2)
    if sign is None or sign.text not in {"+", "-"} or sign.glued or not piece.glued:
        return False
    if level is None or level.value is None or piece.value is None:
        return False
    return "." in level.text and piece.text.isdecimal() and piece.value > 3 * level.value


def _piece(pieces: list[Token], at: int) -> Token | None:
    return pieces[at] if 0 <= at < len(pieces) else None


def _is_small(piece: Token) -> bool:
    """Whether the number could count something."""
    return piece.value is not None and piece.text.isdecimal() and 1 <= piece.value <= _MOST_INDEX
