"""What a receipt seems to ask for, and the interface of the parsers that say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A take-profit level; `share` is the part of the position to close there, at most 1."""

    price: Decimal
    share: Decimal | None = None


class DraftKind(StrEnum):
    NEW = "new"
    UPDATE = "update"
    CLOSE = "close"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One request, before it is checked against the instrument list and the signal's state.

    A draft with doubts is never published without a person.
    """

    kind: DraftKind
    #: As the instrument list spells it; None when nothing that the list knows is named.
    symbol: str | None
    #: "buy" or "sell".
    side: str | None
    #: "market", "limit" or "stop"; None when prices are given without saying which.
    order_type: str | None
    entries: tuple[Decimal, ...] = ()
    stop_loss: Decimal | None = None
    targets: tuple[TargetDraft, ...] = ()
    leverage: Decimal | None = None
    #: "15m", "4h", "1d" and the like.
    timeframe: str | None = None
    comment: str = ""
    #: The source's own id of the earlier signal that is meant.
    ref: str | None = None
    #: The source's own id of this signal.
    id: str | None = None
    valid_until: datetime | None = None
    #: When it was written, where that is known: what nobody saw for an hour is an hour old.
    written: datetime | None = None
    #: What a closed signal was left at.
    exit_price: Decimal | None = None
    #: Fields of this class whose value an update takes away.
    cleared: frozenset[str] = frozenset()
    #: Sentences for the reviewer.
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """Either drafts (usually one) or chatter: nothing in the text asks for anything, and why."""

    drafts: tuple[Draft, ...] = ()
    chatter: bool = False
    #: Why it is chatter, as a sentence.
    reason: str = ""
    #: It says once more, in other words, what was read before: that nothing changes is no doubt.
    restated: bool = False


class Instruments(Protocol):
    """The instrument list, as a parser may ask it. Nothing else may name an instrument."""

    def find(self, word: str) -> str | None:
        """The canonical symbol of a spelling in capitals without separators, or None."""


class Parser(Protocol):
    """Reads the text of one message. Never raises, whatever the text."""

    name: str

    def parse(self, text: str, instruments: Instruments) -> Parsed: ...
