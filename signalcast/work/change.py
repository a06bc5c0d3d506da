"""Write to rows in hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from signalcast.core.among import SOME
from signalcast.core.prepared import prepared_update, slot
from signalcast.work.claim import Claimed
from signalcast.work.in_hand import by_generation, leased
from signalcast.work.models import Work


def change(model: type[Work], claimed: Iterable[Claimed], **changes: Any) -> int:
    """Write CHANGES into the rows that are still in hand, whatever else happened since.

    Returns how many were; fewer than given means that a lease ran out and somebody else has them.
    """
    words = prepared_update(model, _still_leased, changes)
    return sum(
        words.about(ids).filled({_GENERATION: generation}).run()
        for generation, ids in by_generation(claimed).items()
    )


_GENERATION = "claimed generation"


def _still_leased(model: type[Work]) -> Q:
    return leased(model, slot(model, "generation", _GENERATION), SOME)
