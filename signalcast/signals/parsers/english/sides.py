"""Reads the direction and the kind of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signalcast.signals.parsers.english.labels import label_at
from signalcast.signals.parsers.english.tokens import Token
from signalcast.signals.parsers.english.words import ORDERS, POSITIONS, SIDES

_TRIGGERS = {
    ("buy", "above"): "stop",
    ("buy", "below"): "limit",
    ("sell", "below"): "stop",
    ("sell", "above"): "limit",
}
_AT_ONCE = frozenset(["now", "cmp", "mkt", "instant", "instantly", "immediately"])


def with_prices_named(pieces: list[Token]) -> list[Token]:
    """In a short, `Buy: 27` names the entry; in a long, `Sell: 27` names the target."""
    positions = {POSITIONS[piece.text] for piece in pieces if _is_position(piece)}
    if len(positions) != 1:
        return pieces
    position = positions.pop()
    done = list(pieces)
    for at, piece in enumerate(pieces[:-1]):
        opposed = piece.kind == "word" and ORDERS.get(piece.text, position) != position
        if opposed and pieces[at + 1].text in {":", "=", "-"}:
            done[at] = replace(piece, text="entry" if position == "sell" else "target")
    return done


def sides(pieces: Sequence[Token]) -> dict[int, str]:
    """Where a direction is named, and which."""
    found: dict[int, str] = {}
    for at, piece in enumerate(pieces):
        if piece.kind != "word" or piece.text not in SIDES:
            continue
        term = any(near.text == "term" for near in pieces[at + 1 : at + 3])
        if not term and label_at(list(pieces[at : at + 5]), 0)[0] != "target":
            found[at] = SIDES[piece.text]
    return found


def order_types(pieces: Sequence[Token], where: dict[int, str]) -> set[str]:
    """Every kind of order that the words name."""
    found: set[str] = set()
    words = [piece.text if piece.kind == "word" else piece.kind for piece in pieces]
    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        after = words[at + 1] if at + 1 < len(words) else ""
        beside = at - 1 in where or at + 1 in where
        beside = beside or before in {"at", "by", "entry"} or after in {"order", "execution"}
        if word == "limit":
            found.add("limit")
        elif word in _AT_ONCE or (word == "market" and beside):
            found.add("market")
        elif word == "stop" and before in {"buy", "sell"}:
            found.add("stop")
    return found | _triggers(words, where)


def _triggers(words: list[str], where: dict[int, str]) -> set[str]:
    """`Long BTCUSDT above 64250`: the direction decides what above means."""
    found: set[str] = set()
    for at, side in where.items():
        for word in words[at + 1 : at + 4]:
            if (side, word) in _TRIGGERS:
                found.add(_TRIGGERS[side, word])
            if word not in {"symbol", "mark", "only", "entry", "at"}:
                break
    return found


def _is_position(piece: Token) -> bool:
    return piece.kind == "word" and piece.text in POSITIONS
