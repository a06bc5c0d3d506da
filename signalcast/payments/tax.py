"""The tax that our prices contain."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from signalcast.shop.current import current


def tax_in(amount: int) -> int:
    """How many of AMOUNT minor units are tax, by the rate that is set."""
    rate = Decimal(told_rate() or 0)
    return int((amount * rate / (100 + rate)).to_integral_value(ROUND_HALF_UP))


def told_rate() -> str:
    """The rate in per cent, as in "7.5"; empty where there is none."""
    rate = current().tax_rate.normalize()
    return f"{rate:f}" if rate else ""
