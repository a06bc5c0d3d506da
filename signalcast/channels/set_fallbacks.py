"""Set the order in which somebody's destinations stand in for each other."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.channels.models import Destination, FallbackStep
from signalcast.core import events

#: Seconds that a place may have: as the page offers, at least, at most.
USUAL, LEAST, MOST = 60, 30, 3_600


def set_fallbacks(user: User, places: Sequence[tuple[int, int]]) -> None:
    """PLACES in their order: a destination's id, and the seconds that the one before it has.

    One place alone is no list. Raises ValueError for what is not USER's, and for seconds that are
    out of bounds.
    """
    ids = [destination for destination, _after in places]
    if any(not LEAST <= after <= MOST for _destination, after in places[1:]):
        raise ValueError(f"seconds have to be {LEAST} to {MOST}")
    with transaction.atomic():
        mine = Destination.objects.select_for_update().filter(owner=user)
        if len(set(ids)) != len(ids) or mine.filter(pk__in=ids).count() != len(ids):
            raise ValueError("each destination of one's own has one place")
        FallbackStep.objects.filter(user=user).delete()
        if len(places) > 1:
            FallbackStep.objects.bulk_create(
                FallbackStep(user=user, destination_id=pk, position=at, after=after if at else 0)
                for at, (pk, after) in enumerate(places)
            )
    events.emit("preferences.fallbacks_set", user=user.pk, places=len(places))
