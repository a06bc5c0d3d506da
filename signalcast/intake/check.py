"""Whether a typed signal makes sense: numbers, the side of the stop, the order of the targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _
from msgspec import UNSET

from signalcast.core import clock
from signalcast.core.prices import MOST_PLACES, NotAPrice, price
from signalcast.intake.problems import FieldError
from signalcast.intake.typed import TypedSignal

SYMBOL = re.compile(r"[A-Z0-9._/:-]{1,32}")
TIMEFRAME = re.compile(r"[0-9A-Za-z]{1,16}")
PLAIN_NUMBER = re.compile(rf"[0-9]{{1,12}}(?:\.[0-9]{{1,{MOST_PLACES}}})?")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: A comment may have lines.
UNPRINTABLE_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MOST_LEVERAGE = Decimal(1_000)
#: Levels of one signal lie closer together than this factor.
WIDEST = 1_000


def check(signal: TypedSignal) -> list[FieldError]:
    """Everything that is wrong with SIGNAL, in the order of its fields. Empty when it is good."""
    errors = [*_identity(signal), *_words(signal)]
    numbers = _Numbers(signal, errors)
    if not errors:
        errors += _levels(signal, numbers)
    return errors


def _identity(signal: TypedSignal) -> Iterator[FieldError]:
    for name in ("id", "ref"):
        value = getattr(signal, name)
        if value is not UNSET and UNPRINTABLE.search(value):
            yield FieldError(f"/{name}", _("contains control characters"))
    if signal.action is UNSET:
        if signal.ref is not UNSET:
            yield FieldError("/ref", _("goes with an action: update, close or cancel"))
        if signal.symbol is UNSET:
            yield FieldError("/symbol", _("is missing"))
        if signal.side is UNSET:
            yield FieldError("/side", _("is missing"))
        if signal.order_type in ("limit", "stop") and not signal.entries:
            yield FieldError("/entries", _("a limit or stop order needs an entry price"))
    elif signal.ref is UNSET:
        yield FieldError("/ref", _("is missing: it names the signal that the action is about"))


def _words(signal: TypedSignal) -> Iterator[FieldError]:
    if signal.symbol is not UNSET and not SYMBOL.fullmatch(signal.symbol):
        yield FieldError(
            "/symbol", _("must be 1 to 32 capital letters, digits or any of . _ / : -")
        )
    if signal.timeframe and not TIMEFRAME.fullmatch(signal.timeframe):
        yield FieldError("/timeframe", _("must be letters and digits, such as 15m or 4h"))
    if signal.comment and UNPRINTABLE_TEXT.search(signal.comment):
        yield FieldError("/comment", _("contains control characters"))
    if signal.valid_until and signal.valid_until <= clock.now():
        yield FieldError("/valid_until", _("is in the past"))


class _Numbers:
    """The decimal numbers of a signal; what is none is added to the errors."""

    def __init__(self, signal: TypedSignal, errors: list[FieldError]) -> None:
        self.errors = errors
        self.entries = [
            self._read(text, f"/entries/{at}") for at, text in enumerate(signal.entries or ())
        ]
        self.stop = self._read(signal.stop_loss, "/stop_loss") if signal.stop_loss else None
        if signal.stop_loss == "":
            self._refuse("/stop_loss", _("is not a decimal number"))
        targets = signal.take_profits or ()
        self.targets = [
            self._read(target.price, f"/take_profits/{at}/price")
            for at, target in enumerate(targets)
        ]
        self.shares = [
            self._read(target.share, f"/take_profits/{at}/share")
            for at, target in enumerate(targets)
            if isinstance(target.share, str)
        ]
        if (
            isinstance(signal.leverage, str)
            and self._read(signal.leverage, "/leverage") > MOST_LEVERAGE
        ):
            self._refuse(
                "/leverage", _("must be at most %(most)s") % {"most": f"{MOST_LEVERAGE:,}"}
            )

    def _read(self, text: str, pointer: str) -> Decimal:
        if PLAIN_NUMBER.fullmatch(text):
            number = Decimal(text)
            if number:
                return number
        try:
            price(text)
        except NotAPrice as problem:
            self._refuse(pointer, str(problem))
        else:
            self._refuse(pointer, _("must be digits with a decimal point, such as 64250.5"))
        return Decimal(1)

    def _refuse(self, pointer: str, detail: str) -> None:
        self.errors.append(FieldError(pointer, detail))


def _levels(signal: TypedSignal, numbers: _Numbers) -> Iterator[FieldError]:
    shares = sum(numbers.shares)
    if shares > 1:
        yield FieldError("/take_profits", _("the shares add up to more than 1"))
    levels = [*numbers.entries, *numbers.targets]
    if numbers.stop is not None:
        levels.append(numbers.stop)
    if levels and max(levels) > min(levels) * WIDEST:
        yield FieldError("", _("the prices are too far apart to belong to one signal"))
    if signal.side is UNSET:
        # An update may leave the side out; its order is checked against the signal's later.
        return
    buys = signal.side == "buy"
    yield from _stop(numbers, buys=buys, running=signal.action is not UNSET)
    yield from _targets(numbers, buys=buys)


def _stop(numbers: _Numbers, *, buys: bool, running: bool) -> Iterator[FieldError]:
    if numbers.stop is None:
        return
    # Once a signal runs, its stop may be moved past the entry: only a new one is held to it.
    beyond = [*numbers.targets, *(() if running else numbers.entries)]
    if not beyond:
        return
    if buys and numbers.stop >= min(beyond):
        yield FieldError("/stop_loss", _("must be below the entries and targets of a buy signal"))
    elif not buys and numbers.stop <= max(beyond):
        yield FieldError("/stop_loss", _("must be above the entries and targets of a sell signal"))


def _targets(numbers: _Numbers, *, buys: bool) -> Iterator[FieldError]:
    if numbers.targets and numbers.entries:
        first = numbers.targets[0]
        if buys and first <= max(numbers.entries):
            yield FieldError(
                "/take_profits/0/price", _("must be above the entries of a buy signal")
            )
        elif not buys and first >= min(numbers.entries):
            yield FieldError(
                "/take_profits/0/price", _("must be below the entries of a sell signal")
            )
    for at, (one, other) in enumerate(pairwise(numbers.targets), start=1):
        if one == other or (one < other) is not buys:
            word = _("above") if buys else _("below")
            yield FieldError(
                f"/take_profits/{at}/price",
                _("must be %(word)s the target before it") % {"word": word},
            )
