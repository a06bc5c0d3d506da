"""Whoever changes what a gateway is in the books for does so alone."""

from __future__ import annotations

from signalcast.payments.models import Turn


def take_turn(gateway: str) -> Turn:
    """Wait until nobody else is at it, until the end of the transaction. Returns the row locked.

    Payments are few, and two facts about one of them must not pass each other unseen.
    """
    Turn.objects.get_or_create(gateway=gateway)
    return Turn.objects.select_for_update().get(gateway=gateway)
