"""A payment failed: what was paid for goes on, and the subscriber is to do something."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy

from signalcast.core.retry import retried
from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.periods import access_end
from signalcast.plans.states import SubscriptionState, transition

State = SubscriptionState


def fail_payment(subscription: Subscription, *, by: str, why: str = "") -> bool:
    """Note that a payment failed. The right to read ends when it would have without this.

    False where that changes nothing: it waits for its first payment, is in grace, or is over.
    """

    def act() -> bool:
        with transaction.atomic():
            found, _now = lock(subscription.pk)
            if found.state not in (State.TRIALING, State.ACTIVE, State.PAST_DUE):
                return False
            renews = not found.cancel_at_period_end
            transition(
                found,
                State.PAST_DUE,
                by=by,
                why=why or gettext_lazy("A payment failed."),
                ends_at=access_end(found.plan, found.period_end, renews=renews),
            )
            return True

    return retried(act)
