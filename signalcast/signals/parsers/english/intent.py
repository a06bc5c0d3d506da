"""Says whether a message opens a trade, speaks of an earlier one, or asks for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from signalcast.signals.draft import DraftKind
from signalcast.signals.parsers.english.labels import label_at
from signalcast.signals.parsers.english.tokens import Token
from signalcast.signals.parsers.english.words import (
    CANCELS,
    CHANGES,
    CLOSES,
    NEWS,
    STOPPED,
    TRADES,
)

_CANDLES = frozenset(["above", "below", "under", "over", "candle", "daily", "hourly", "weekly"])
_PARTS = frozenset(["partial", "partials", "partially", "half"])


@dataclass(frozen=True, slots=True)
class Intent:
    """What the words say about an earlier call."""

    #: None when they say nothing about one.
    kind: DraftKind | None
    #: The words tell what happened, so that the message can't be a plain new call.
    happened: bool = False
    #: A level or an order of an earlier call changes.
    changes: bool = False
    #: Several different things are asked for at once.
    mixed: bool = False
    #: Closing or moving depends on a candle's close.
    on_candle: bool = False
    #: A stop or a target is closed, removed or cancelled, or a position once it is reached.
    on_level: bool = False
    #: The words speak of levels or trades at all.
    about_trades: bool = False


def read_intent(pieces: list[Token], *, checked: bool) -> Intent:
    """Weigh the words that speak of an earlier call. CHECKED: a level is ticked off."""
    words = {piece.text for piece in pieces if piece.kind == "word"}
    closing, on_candle = _closing(pieces)
    news = bool(words & NEWS) or checked or _tells_outcome(pieces)
    stopped = bool(words & STOPPED) or _stop_was_hit(pieces)
    finished = news and "all" in words and any(_labels(pieces, "target"))
    closes = (closing and not words & _PARTS) or stopped or finished
    cancels = bool(words & CANCELS)
    levels = any(any(_labels(pieces, label)) for label in ("target", "stop"))
    entry = any(_labels(pieces, "entry"))
    changes = (bool(words & CHANGES) and (levels or entry)) or _to_breakeven(pieces)
    changes = changes or (closing and bool(words & _PARTS))
    kind = None
    if cancels:
        kind = DraftKind.CANCEL
    elif closes:
        kind = DraftKind.CLOSE
    elif news or changes:
        kind = DraftKind.UPDATE
    return Intent(
        kind=kind,
        happened=news or stopped or cancels or "closed" in words,
        changes=changes,
        mixed=(cancels and closing) or (closing and changes) or (closing and "all" in words),
        on_candle=on_candle,
        on_level=levels and (cancels or (closing and not stopped and not finished)),
        about_trades=bool(words & TRADES) or closes or cancels or levels or entry,
    )


def _closing(pieces: list[Token]) -> tuple[bool, bool]:
    """Whether a position is closed, and whether a candle's close is spoken of instead."""
    closing = on_candle = False
    for at, piece in enumerate(pieces):
        if piece.kind != "word" or piece.text not in CLOSES:
            continue
        around = {near.text for near in pieces[max(at - 2, 0) : at + 3]}
        if piece.text in {"close", "closing", "closes"} and around & _CANDLES:
            on_candle = True
        else:
            closing = True
    return closing, on_candle


def _to_breakeven(pieces: list[Token]) -> bool:
    """`SL to BE`"""
    return any(
        other.text in {"breakeven", "bep"}
        or (other.text == "be" and one.text in {"to", "at", "@", "="})
        for one, other in pairwise(pieces)
    )


def _tells_outcome(pieces: list[Token]) -> bool:
    """A profit or a loss that is not part of a label."""
    labelled: set[int] = set()
    for at in range(len(pieces)):
        labelled.update(range(at, at + label_at(pieces, at)[1]))
    return any(
        piece.kind == "word" and piece.text in {"profit", "profits", "loss"} and at not in labelled
        for at, piece in enumerate(pieces)
    )


def _labels(pieces: list[Token], wanted: str) -> list[int]:
    """Where labels of one kind end."""
    return [
        at + length
        for at in range(len(pieces))
        for label, length in [label_at(pieces, at)]
        if label == wanted
    ]


def _stop_was_hit(pieces: list[Token]) -> bool:
    return any(
        piece.text in {"hit", "hits", "reached", "triggered"}
        for end in _labels(pieces, "stop")
        for piece in pieces[end : end + 3]
    )
