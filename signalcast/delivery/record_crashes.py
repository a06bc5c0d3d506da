"""Write down that a process died over deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.core.clock import now
from signalcast.delivery.measures import ATTEMPTS
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.states import Outcome


def record_crashes(deliveries: Sequence[int]) -> None:
    """Record an attempt for each delivery whose process died with it in hand.

    Whether it was begun with nobody knows any more, nor for how long: its duration is 0.
    """
    detail = _("The process died with it in hand. The receiver may have got it.")
    moment = now()
    Attempt.objects.bulk_create(
        Attempt(
            delivery_id=delivery,
            started_at=moment,
            duration=0,
            outcome=Outcome.CRASHED,
            detail=detail,
        )
        for delivery in deliveries
    )
    rows = Delivery.objects.filter(pk__in=deliveries).values_list("destination__kind", flat=True)
    kinds = Counter(rows)
    transaction.on_commit(lambda: _count(kinds))


def _count(kinds: Counter[str]) -> None:
    for kind, count in kinds.items():
        ATTEMPTS.add(kind, Outcome.CRASHED.value, by=count)
