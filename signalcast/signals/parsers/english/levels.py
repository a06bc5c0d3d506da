"""The numbers of a message by their meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from signalcast.core.prices import plain

#: More levels or doubts than this are not kept: a person has to look anyway.
MOST_LEVELS = 50
MOST_LEVERAGE = 1_000


@dataclass(slots=True)
class Levels:
    """What was found, and a doubt for every number that nothing explains."""

    entries: list[Decimal] = field(default_factory=list)
    stops: list[Decimal] = field(default_factory=list)
    targets: list[Decimal] = field(default_factory=list)
    #: Percent beside targets, by the target's position.
    percents: dict[int, Decimal] = field(default_factory=dict)
    #: Percent or pips are named somewhere.
    measured: bool = False
    leverage: Decimal | None = None
    timeframe: str | None = None
    #: A check mark stands behind a level.
    checked: bool = False
    #: A label or a level stands in the text before this place.
    end: int = 0
    #: The first target's label numbered a later one (TP2 alone).
    partial: bool = False
    doubts: list[str] = field(default_factory=list)

    def add(self, kind: str, price: Decimal) -> None:
        """Keep a price as an "entry", a "stop" or a "target"."""
        prices = {"entry": self.entries, "stop": self.stops, "target": self.targets}[kind]
        if len(prices) < MOST_LEVELS:
            prices.append(price)

    def lever(self, value: Decimal) -> None:
        """Keep the first leverage that is named."""
        if not 1 <= value <= MOST_LEVERAGE:
            self.doubt(_("A leverage of %(number)s is not plausible."), number=plain(value))
        elif self.leverage is None:
            self.leverage = value

    def doubt(self, sentence: str, **values: str) -> None:
        """Keep a sentence for the reviewer, once."""
        doubt = sentence % values
        if doubt not in self.doubts and len(self.doubts) < MOST_LEVELS:
            self.doubts.append(doubt)

    def any(self) -> bool:
        """Whether any price was found."""
        return bool(self.entries or self.stops or self.targets)
