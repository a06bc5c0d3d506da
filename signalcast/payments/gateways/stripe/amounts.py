"""Amounts as Stripe counts them: a few currencies have other minor units there than in ISO 4217.

https://docs.stripe.com/currencies#special-cases
"""

from __future__ import annotations

from signalcast.core.money import PLACES

#: Decimal places at Stripe where they differ.
THEIRS = {"ISK": 2, "UGX": 2, "MGA": 0}


def theirs(amount: int, currency: str) -> int:
    """AMOUNT of our minor units in Stripe's."""
    return _scaled(amount, THEIRS.get(currency, _places(currency)) - _places(currency))


def ours(amount: int, currency: str) -> int:
    """AMOUNT of Stripe's minor units in ours."""
    return _scaled(amount, _places(currency) - THEIRS.get(currency, _places(currency)))


def _places(currency: str) -> int:
    return PLACES.get(currency, 2)


def _scaled(amount: int, places: int) -> int:
    return int(amount * 10**places) if places >= 0 else int(amount // 10**-places)
