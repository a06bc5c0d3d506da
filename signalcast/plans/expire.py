"""The time of a subscription is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy

from signalcast.core.words import Words
from signalcast.plans.cancel import no_next_plan
from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.redeem import give_back
from signalcast.plans.states import CURRENT, SubscriptionState, transition

State = SubscriptionState
#: Days that a subscription waits for its first payment: bank transfers take some.
PENDING_DAYS = 14


def expire(subscription: Subscription, *, by: str) -> bool:
    """Say that it is over. False where that is not so (any more).

    The right to read ended by itself at `ends_at`; this only says so.
    """
    with transaction.atomic():
        found, now = lock(subscription.pk)
        if found.state not in CURRENT or not _is_over(found, now):
            return False
        if found.state == State.PENDING:
            give_back(found)
        transition(found, State.EXPIRED, by=by, why=_why(found), **no_next_plan(found))
        return True


def _is_over(found: Subscription, now: datetime) -> bool:
    if found.state == State.PENDING:
        return found.created_at + timedelta(days=PENDING_DAYS) <= now
    return found.ends_at is not None and found.ends_at <= now


def _why(found: Subscription) -> Words:
    if found.state == State.PENDING:
        return gettext_lazy("It was not paid.")
    if found.cancel_at_period_end:
        return gettext_lazy("It was to end with its period.")
    if found.state == State.TRIALING:
        return gettext_lazy("The trial is over.")
    return gettext_lazy("Its time is over, and nothing was paid.")
