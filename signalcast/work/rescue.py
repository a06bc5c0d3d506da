"""Take back rows whose process died with them in hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from signalcast.core import events
from signalcast.pipeline import CRASHES_TO_PARK
from signalcast.work.models import Work

#: Rows taken back at a time, so that no statement holds a lock for long.
BATCH = 500


def rescue(
    model: type[Work], *, record: Callable[[Sequence[Any]], None] | None = None, **changes: object
) -> int:
    """Make rows whose lease ran out due again; park those that took a process down too often.

    CHANGES go to the columns of the rescued rows; RECORD is told their keys within the same
    transaction. An idle call costs one statement. Returns how many rows were rescued or parked.
    """
    rows = model._default_manager.filter(leased_until__lt=Now())
    if not rows.values("pk")[:1]:
        return 0
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        lost = list(rows.order_by("leased_until").values_list("pk", "tries", "claimed_by")[:BATCH])
        hopeless = [pk for pk, tries, _ in lost if tries + 1 >= CRASHES_TO_PARK]
        others = [pk for pk, tries, _ in lost if tries + 1 < CRASHES_TO_PARK]
        lost_rows = model._default_manager.all()
        lost_rows.filter(pk__in=others).update(
            due=Now(), leased_until=None, tries=F("tries") + 1, **changes
        )
        lost_rows.filter(pk__in=hopeless).update(
            leased_until=None,
            tries=F("tries") + 1,
            parked_at=Now(),
            parked_reason=(
                f"The process that worked on it died {CRASHES_TO_PARK} times. "
                "Look at what it holds, then redrive it."
            ),
            **changes,
        )
        if record:
            record([pk for pk, _, _ in lost])
    events.warn(
        "work.rescued",
        row=model._meta.label,
        count=len(others),
        parked=len(hopeless),
        processes=sorted({name for _, _, name in lost}),
    )
    return len(lost)
