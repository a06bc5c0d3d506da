"""The plan that was asked for takes its place with the new period."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy

from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.periods import access_end
from signalcast.plans.renew import switched
from signalcast.plans.states import ENTITLING, SubscriptionState, transition


def switch_plan(subscription: Subscription, *, by: str) -> bool:
    """Make it the plan that it was to become. False where it is not time (any more).

    A free plan has no end; any other goes on until its payment comes, or its grace is over.
    """
    with transaction.atomic():
        found, now = lock(subscription.pk)
        plan, at = found.next_plan, found.next_plan_at
        if found.state not in ENTITLING or plan is None or at is None or at > now:
            return False
        changes: dict[str, Any] = switched(plan)
        state = SubscriptionState(found.state)
        if plan.is_endless and not plan.price:
            state = SubscriptionState.ACTIVE
            free = {"period_start": at, "period_end": None, "ends_at": None}
            changes |= free | {"amount_due": 0, "period_paid": 0}
        else:
            changes["ends_at"] = access_end(plan, found.period_end, renews=True)
        transition(found, state, by=by, why=gettext_lazy("Changed with the period."), **changes)
        return True
