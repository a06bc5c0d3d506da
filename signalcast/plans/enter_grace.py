"""The paid period is over and nothing was paid: the days of grace run."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy

from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.states import SubscriptionState, transition

State = SubscriptionState


def enter_grace(subscription: Subscription, *, by: str) -> bool:
    """Say that it is in grace. False where that is not so (any more)."""
    with transaction.atomic():
        found, now = lock(subscription.pk)
        over = found.period_end is not None and found.period_end <= now
        lasts = found.ends_at is not None and found.ends_at > now
        if found.state not in (State.ACTIVE, State.PAST_DUE) or not (over and lasts):
            return False
        transition(
            found, State.GRACE, by=by, why=gettext_lazy("The period ended without a payment.")
        )
        return True
