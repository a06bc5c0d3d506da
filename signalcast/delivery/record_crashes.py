"""Write down that a process died over deliveries."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from signalcast.core.clock import now
from signalcast.delivery.models import Attempt
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
