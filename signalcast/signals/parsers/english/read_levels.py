"""Says what every number of a message is. A number that nothing explains raises a doubt."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _

from signalcast.signals.parsers.english.counts import (
    is_count_of_pips,
    is_label_index,
    is_list_index,
    is_reference,
)
from signalcast.signals.parsers.english.labels import is_heading, label_at
from signalcast.signals.parsers.english.levels import Levels
from signalcast.signals.parsers.english.tokens import Token
from signalcast.signals.parsers.english.words import (
    FILLERS,
    NONE_WORDS,
    PLAIN,
    PLURALS,
    SIDES,
    Label,
)

Zone = Label | Literal["call", "none"]

_SEPARATORS = frozenset("-/|,~_&@:=()[]+$.>;*'\"!")
_SHORT_ENTRY = frozenset(["e", "en", "price", "at"])


def read_levels(pieces: list[Token]) -> Levels:
    """Walk through the message once, from label to label."""
    walk = _Walk(pieces)
    while walk.at < len(pieces):
        walk.step()
    walk.close()
    return walk.levels


class _Walk:
    def __init__(self, pieces: list[Token]) -> None:
        self.pieces = pieces
        self.at = 0
        self.levels = Levels()
        self.zone: Zone = "none"
        #: The label's words, while no value of it was found yet.
        self.open_label: str | None = None
        self.plural = False
        self.values = 0
        self.new_line = False
        self.unpriced: list[tuple[Zone, str]] = []
        #: The levels of this label are numbered, and whether a number waits for its level.
        self.indexed = self.waiting = False

    def step(self) -> None:
        piece = self.pieces[self.at]
        label, length = label_at(self.pieces, self.at)
        if label:
            self._start(label, length)
        elif piece.kind == "number":
            self._number(piece)
        elif piece.kind == "line":
            self.new_line = True
            if self.zone in {"noise", "leverage", "timeframe"}:
                self.zone = "none"
        elif piece.kind == "symbol" or piece.text in SIDES:
            self._enter("call")
        elif piece.kind == "word":
            self._word(piece.text)
        else:
            self._mark(piece)
        self.at += 1

    def close(self) -> None:
        """The label before here must have had its value, or there must be another like it."""
        if self.open_label and self.zone in {"entry", "stop", "target"}:
            self.unpriced.append((self.zone, self.open_label))
        self.open_label = None
        for zone, label in self.unpriced if self.at >= len(self.pieces) else []:
            values = {"entry": self.levels.entries, "stop": self.levels.stops}.get(zone)
            if not values:
                self.levels.doubt(_("“%(label)s” has no price."), label=label)

    def _enter(self, zone: Zone) -> None:
        self.close()
        self.zone, self.values = zone, 0
        self.new_line = self.indexed = self.waiting = False

    def _start(self, label: Label, length: int) -> None:
        words = [piece.text for piece in self.pieces[self.at : self.at + length]]
        before = self._before(1)
        if label == self.zone == "target" and is_heading(
            self.pieces, self.at, label=self.open_label or ""
        ):
            self.open_label = None
        self._enter(label)
        self.levels.end = self.pieces[self.at].at
        self.open_label = " ".join(word for word in words if word.isalpha())
        self.plural = words[-1] in PLURALS
        if before == "no":
            self.open_label = None
        self.at += length - 1

    def _before(self, back: int) -> str:
        return self.pieces[self.at - back].text if self.at >= back else ""

    def _after(self, ahead: int) -> Token | None:
        place = self.at + ahead
        return self.pieces[place] if place < len(self.pieces) else None

    def _word(self, word: str) -> None:
        following = self._after(1)
        priced = following is not None and (following.kind == "number" or following.text in ":=@")
        if word in _SHORT_ENTRY and priced and (self._starts() or self.zone == "call"):
            self._start("entry", 1)
        elif word in {"limit", "market", "now", "cmp"}:
            if self.zone == "none":
                self._enter("call")
            elif self.zone == "entry":
                self.open_label = None
        elif word in NONE_WORDS and self.zone in {"stop", "target"}:
            self.open_label = None
        elif word not in FILLERS and not (word in PLAIN and self.zone in {"call", "entry"}):
            self._enter("none")

    def _mark(self, piece: Token) -> None:
        if piece.text == "@" and self.zone == "none" and self._starts():
            self._enter("call")
        elif piece.text == "✅":
            following = self._after(1)
            level = self.pieces[self.at - 1] if self.at else None
            behind = level is not None and level.kind == "number" and level.unit == ""
            if behind and (following is None or following.kind in {"line", "mark"}):
                self.levels.checked = True
        elif piece.text not in _SEPARATORS:
            self._enter("none")

    def _starts(self) -> bool:
        return self.at == 0 or self._before(1) == "\n"

    def _number(self, piece: Token) -> None:
        if piece.unit == "unclear":
            self.levels.doubt(_("“%(text)s” can be read in more than one way."), text=piece.text)
            self.open_label = None
        elif piece.unit == "odd" and self.zone != "none":
            self.levels.doubt(_("“%(text)s” is not understood."), text=piece.text)
        elif piece.unit and piece.value is not None:
            self._measure(piece, piece.value)
        elif piece.value is None or self._is_index(piece) or is_count_of_pips(self.pieces, self.at):
            return
        elif self.zone == "leverage" and (self.open_label or self._before(1) in {"-", "to"}):
            self.levels.lever(piece.value)
            self.open_label = None
        elif is_reference(self.pieces, self.at) or (self.zone == "noise" and piece.value <= 100):
            return
        elif self._belongs(piece.value):
            self._level(piece.value)
        else:
            self.levels.doubt(_("What %(number)s stands for is not clear."), number=piece.text)

    def _measure(self, piece: Token, value: Decimal) -> None:
        """A number with a unit is never a price."""
        self.levels.measured = self.levels.measured or piece.unit in {"%", "pips"}
        if piece.unit == "x":
            if self.open_label is None or self.zone not in {"entry", "stop", "target"}:
                self.levels.lever(value)
        elif piece.timeframe and not self.levels.timeframe:
            self.levels.timeframe = piece.timeframe
        elif piece.unit in {"%", "pips"} and self.open_label and self.zone != "noise":
            if self.zone in {"entry", "stop", "target"}:
                self.levels.doubt(
                    _("“%(label)s” is given as %(number)s %(unit)s, not as a price."),
                    label=self.open_label,
                    number=piece.text,
                    unit=piece.unit,
                )
            self.open_label = None
        elif piece.unit == "%" and self.zone == "target" and self.levels.targets:
            self.levels.percents.setdefault(len(self.levels.targets) - 1, value)

    def _is_index(self, piece: Token) -> bool:
        if is_list_index(self.pieces, self.at):
            self.indexed = self.waiting = True
            return True
        if self.plural or not self.open_label or self.zone not in {"entry", "stop", "target"}:
            return False
        levels = self.levels
        expected = 1 + len(levels.targets if self.zone == "target" else levels.entries)
        label = self.open_label.split()[-1]
        if not is_label_index(self.pieces, self.at, label=label, expected=expected):
            return False
        self.indexed = self.waiting = True
        if self.zone == "target" and piece.value != expected:
            levels.partial = True
        return True

    def _belongs(self, value: Decimal) -> bool:
        """Whether a price is the next one of the label or the call before it."""
        following = self._after(1)
        if self.zone in {"none", "noise", "timeframe", "leverage"}:
            return False
        if self.zone == "call" and following is not None and following.kind == "symbol":
            return False
        if self.values:
            return self.zone != "stop" and self._continues()
        entries = self.levels.entries
        return self.zone in {"stop", "target"} or not entries or value in entries or self.indexed

    def _continues(self) -> bool:
        """Whether a further price of a label is one, and not the count of something."""
        following = self._after(1)
        bracketed = self._before(1) == "(" and following is not None and following.text == ")"
        if self.indexed or bracketed or not self.new_line:
            return self.waiting or not (self.indexed or bracketed)
        counts = following is not None and following.kind == "word"
        labelled = label_at(self.pieces, self.at + 1)[0] is not None
        return self.zone == "target" and (labelled or not counts)

    def _level(self, value: Decimal) -> None:
        self.levels.add("entry" if self.zone == "call" else self.zone, value)
        self.values += 1
        self.open_label, self.new_line, self.waiting = None, False, False
        self.levels.end = self.pieces[self.at].at
