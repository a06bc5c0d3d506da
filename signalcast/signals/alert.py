"""The members of a hook's JSON object, read one by one; what is odd about them becomes a doubt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from signalcast.core.prices import NotAPrice, price
from signalcast.core.printable import printable
from signalcast.intake.check import SYMBOL, TIMEFRAME
from signalcast.signals.draft import TargetDraft

#: TradingView's names of the intervals that are no number of minutes.
INTERVALS = {"D": "1d", "1D": "1d", "W": "1w", "1W": "1w", "M": "1M", "1M": "1M"}
#: No alert has more targets, and `tp20` is the last one that is looked for.
MOST_TARGETS = 20
_LONGEST_QUOTE = 40


class Alert:
    """An object whose numbers are still the text they were written as, and the doubts about it."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members
        self.doubts: list[str] = []

    def has(self, *names: str) -> bool:
        """Whether any of the members is there and says something."""
        return self._first(*names) is not None

    def doubt(self, sentence: str, value: object = "") -> None:
        """Note a sentence for the reviewer, with what the alert says at `%(value)s`."""
        self.doubts.append(sentence % {"value": printable(str(value), _LONGEST_QUOTE)})

    def text(self, *names: str) -> str:
        """The first of the members that says something, as text; empty when none does."""
        value = self._first(*names)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.doubt(_('"%(value)s" should be a text.'), names[0])
            return ""
        return value.strip()

    def symbol(self) -> str | None:
        """The ticker, as its sender spells it: a machine's exact name is kept."""
        text = self.text("ticker", "symbol", "instrument").upper()
        if SYMBOL.fullmatch(text):
            return text
        if text:
            self.doubt(_('"%(value)s" is no instrument.'), text)
        else:
            self.doubt(_("It names no instrument."))
        return None

    def timeframe(self) -> str | None:
        """The interval, with TradingView's minutes as hours where they are whole ones."""
        text = self.text("timeframe", "interval")
        if not text:
            return None
        if not TIMEFRAME.fullmatch(text):
            self.doubt(_('"%(value)s" is no timeframe.'), text)
            return None
        if not text.isdecimal():
            return INTERVALS.get(text, text)
        minutes = int(text)
        return f"{minutes // 60}h" if minutes >= 60 and minutes % 60 == 0 else f"{minutes}m"

    def moment(self, *names: str) -> datetime | None:
        """A time in ISO 8601; without a zone it is UTC."""
        text = self.text(*names)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.doubt(_('"%(value)s" is no time, such as 2030-12-31T12:00:00Z.'), text)
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def number(self, *names: str) -> Decimal | None:
        """The first of the members that says something, as a price."""
        value = self._first(*names)
        return None if value is None else self._price(names[0], value)

    def numbers(self, *names: str) -> tuple[Decimal, ...]:
        """The same where a list may stand."""
        found = [self._price(names[0], value) for value in self._listed(*names)]
        return tuple(number for number in found if number is not None)

    def targets(self) -> tuple[TargetDraft, ...]:
        """The targets: a list of prices, or of objects with price and share, or tp1, tp2 ..."""
        names = ("take_profits", "targets", "take_profit", "tp")
        found = [self._target(value) for value in self._listed(*names)]
        for position in range(1, MOST_TARGETS + 1):
            level = self.number(f"tp{position}", f"take_profit_{position}")
            found.append(None if level is None else TargetDraft(level))
        return tuple(target for target in found if target is not None)

    def _target(self, value: Any) -> TargetDraft | None:
        share = None
        if isinstance(value, dict):
            if value.keys() - {"price", "share"}:
                self.doubt(_("A target has members beside its price and share."))
            if value.get("share") is not None:
                share = self._price("share", value["share"])
            value = value.get("price")
        level = self._price("take_profit", value)
        return None if level is None else TargetDraft(level, share)

    def _listed(self, *names: str) -> list[Any]:
        value = self._first(*names)
        if value is None:
            return []
        listed = value if isinstance(value, list) else [value]
        if len(listed) > MOST_TARGETS:
            self.doubt(_("It has more levels than a signal can have: %(value)s."), len(listed))
        return listed[:MOST_TARGETS]

    def _price(self, name: str, value: Any) -> Decimal | None:
        try:
            if not isinstance(value, str):
                raise NotAPrice(_("is not a decimal number"))
            return price(value.strip())
        except NotAPrice as problem:
            self.doubt(f'{name} "%(value)s" {problem}.', value)
            return None

    def _first(self, *names: str) -> Any:
        for name in names:
            value = self._members.get(name)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                return value
        return None
