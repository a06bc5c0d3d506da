"""Prices: decimal numbers that keep every digit on every engine.

SQLite has no exact decimal type, so a price is stored as the text of its plain notation.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models

#: Prices and sizes are positive, below a trillion, with at most twelve decimal places.
LIMIT = Decimal("1e12")
MOST_PLACES = 12


class NotAPrice(ValueError):
    """A number that no market quotes; the text says what is wrong with it."""


def price(value: str | int | Decimal) -> Decimal:
    """Read a price. Raises NotAPrice for anything but a finite, positive, sane decimal number."""
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError, TypeError):
        raise NotAPrice("is not a decimal number") from None
    if not number.is_finite():
        raise NotAPrice("is not a finite number")
    if number <= 0:
        raise NotAPrice("must be greater than zero")
    if number >= LIMIT:
        raise NotAPrice("must be below 1,000,000,000,000")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MOST_PLACES:
        raise NotAPrice(f"has more than {MOST_PLACES} decimal places")
    return number


def plain(number: Decimal) -> str:
    """The number without an exponent, with the digits it was posted with."""
    return format(number, "f")


class PriceField(models.CharField[Decimal | None, Decimal | None]):
    """A Decimal stored as text, exact on every engine. Sorting by it is by text, so don't."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else plain(Decimal(value))

    def from_db_value(self, value: str | None, *_: object) -> Decimal | None:
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Any:
        return None if value in (None, "") else Decimal(value)
