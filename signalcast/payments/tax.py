"""The tax that our prices contain."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from signalcast.core.env import environment


def tax_in(amount: int) -> int:
    """How many of AMOUNT minor units are tax, by the rate that is set."""
    rate = Decimal(told_rate() or 0)
    return int((amount * rate / (100 + rate)).to_integral_value(ROUND_HALF_UP))


def told_rate() -> str:
    """The rate in per cent, as in "7.5"; empty where there is none."""
    rate = Decimal(str(environment().tax_rate)).normalize()
    return f"{rate:f}" if rate else ""
