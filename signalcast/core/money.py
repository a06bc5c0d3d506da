"""Money: integer minor units with a currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

#: Decimal places that differ from two, as ISO 4217 has them for the currencies people pay in.
PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3}


def minor_units(amount: Decimal, currency: str) -> int:
    """AMOUNT in the currency's units as a number of its smallest: 29.00 USD is 2900."""
    return int(amount.scaleb(PLACES.get(currency, 2)).to_integral_value(ROUND_HALF_UP))
