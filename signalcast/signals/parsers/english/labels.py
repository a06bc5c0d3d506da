"""Recognises the words that say what the number after them is."""

from __future__ import annotations

from signalcast.signals.parsers.english.tokens import Token
from signalcast.signals.parsers.english.words import LABELS, Label


def label_at(pieces: list[Token], at: int) -> tuple[Label | None, int]:
    """The longest label that begins here, and how many pieces it is long."""
    words: list[str] = []
    found: tuple[Label | None, int] = (None, 0)
    for place in range(at, min(at + 5, len(pieces))):
        piece = pieces[place]
        if piece.kind == "mark" and piece.text in {"-", "/", "_"} and piece.glued and words:
            continue
        if piece.kind != "word" or len(words) == 3:
            break
        words.append(piece.text)
        label = LABELS.get(tuple(words))
        if label:
            found = (label, place - at + 1)
    if found[1] == 1 and not _stands_alone(pieces, at):
        return (None, 0)
    return found


def _stands_alone(pieces: list[Token], at: int) -> bool:
    """Whether a one-word label is one here: `buy stop` is an order, `t` needs its number."""
    text = pieces[at].text
    before = pieces[at - 1] if at else None
    if text == "stop" and before is not None and before.text in {"buy", "sell"}:
        return False
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    if text == "t":
        return after is not None and after.kind == "number" and after.glued
    return True


def is_heading(pieces: list[Token], at: int, *, label: str) -> bool:
    """Whether only signs and line ends stand between LABEL and the label that begins here."""
    place = at - 1
    while place >= 0 and pieces[place].kind in {"mark", "line"}:
        place -= 1
    return place >= 0 and pieces[place].text in label.split()
