"""Everything that can be read out of one message, before it is decided what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from signalcast.signals.draft import Instruments
from signalcast.signals.parsers.english.clean import Message, clean
from signalcast.signals.parsers.english.intent import Intent, read_intent
from signalcast.signals.parsers.english.levels import Levels
from signalcast.signals.parsers.english.read_levels import read_levels
from signalcast.signals.parsers.english.sides import order_types, sides, with_prices_named
from signalcast.signals.parsers.english.symbol import Named, find_instruments
from signalcast.signals.parsers.english.tokens import Token, tokens
from signalcast.signals.parsers.english.words import BRIEF, ENGLISH, VOCABULARY


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read out of one message."""

    original: str
    message: Message
    named: list[Named]
    pieces: list[Token]
    levels: Levels
    where: dict[int, str]
    orders: set[str]
    intent: Intent

    @property
    def side(self) -> str | None:
        """The one side that the words name."""
        named = set(self.where.values())
        return named.pop() if len(named) == 1 else None

    @property
    def symbols(self) -> set[str]:
        """Every instrument named that the list knows."""
        return {one.symbol for one in self.named if one.symbol}

    @property
    def symbol(self) -> str | None:
        """The one instrument named, when nothing else stands where an instrument would."""
        return next(iter(self.symbols)) if len(self.symbols) == 1 and not self.strangers else None

    @property
    def strangers(self) -> list[str]:
        """Words that the list does not know in the place of an instrument, up to the last level."""
        names = self.symbols | {one.word for one in self.named if one.symbol}
        return [
            one.word
            for one in self.named
            if one.symbol is None
            and one.start <= max(self.levels.end, 1)
            and not any(name.startswith(one.word) for name in names)
        ]

    @property
    def words(self) -> set[str]:
        return {piece.text for piece in self.pieces if piece.kind == "word"}

    @property
    def is_english(self) -> bool:
        """Whether the words that are not of the language of calls are at least English."""
        return len(self.words - VOCABULARY) < 3 or bool(self.words & ENGLISH)

    def has_unknown_words(self) -> bool:
        """Whether anything in it is not of the language of calls."""
        odd = any(piece.unit == "odd" for piece in self.pieces)
        return odd or bool(self.words - VOCABULARY - BRIEF)


def read(text: str, instruments: Instruments) -> Reading:
    """Read a message whose length is bounded."""
    message = clean(text)
    named = find_instruments(message.text, instruments)
    pieces = with_prices_named(tokens(message.text, named))
    levels = read_levels(pieces)
    where = sides(pieces)
    return Reading(
        original=text,
        message=message,
        named=named,
        pieces=pieces,
        levels=levels,
        where=where,
        orders=order_types(pieces, where),
        intent=read_intent(pieces, checked=levels.checked),
    )
