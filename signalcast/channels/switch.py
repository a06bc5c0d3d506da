"""What changes in a destination that is disabled or made active, whoever does it."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, DateTimeField, Value, When
from django.db.models.functions import Coalesce, Now

from signalcast.channels.models import Destination


def switched_off(reason: str) -> dict[str, Any]:
    """For `update`: disabled, for REASON in words. From now on it misses what is posted."""
    return {
        "state": Destination.State.DISABLED,
        "disabled_reason": reason,
        "disabled_at": Now(),
        # What it missed earlier and was not replayed is still to be.
        "missed_since": Coalesce("missed_since", Now()),
        "missed_until": None,
    }


def switched_on() -> dict[str, Any]:
    """For `update`: active, as if nothing had happened, but for what it missed."""
    return {
        "state": Destination.State.ACTIVE,
        "disabled_reason": "",
        "disabled_at": None,
        "failures": 0,
        "blocked_until": None,
        "missed_until": Case(
            When(missed_since__isnull=False, then=Now()),
            default=Value(None),
            output_field=DateTimeField(),
        ),
    }


def switch(destination: Destination, changes: dict[str, Any]) -> None:
    """Change the row, and what is known of it here."""
    Destination.objects.filter(pk=destination.pk).update(**changes)
    destination.refresh_from_db(fields=list(changes))
