"""End a subscription because a person says so: with its period, or at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.retry import retried
from signalcast.core.words import Words
from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.offer_change import first_due
from signalcast.plans.redeem import give_back
from signalcast.plans.states import CURRENT, Refused, SubscriptionState, transition

State = SubscriptionState


def cancel(
    subscription: Subscription, *, by: str, why: Words = "", at_once: bool = False
) -> Subscription:
    """End it with its period, without grace; or AT_ONCE, as for a refund or a dispute.

    What has no time left that was paid for, or no end at all, always ends at once. Cancelled
    again, nothing changes. Raises Refused where it is over already.
    """

    def act() -> Subscription:
        with transaction.atomic():
            found, now = lock(subscription.pk)
            if found.state not in CURRENT:
                raise Refused(_("It is over already."))
            if found.cancel_at_period_end and not at_once:
                return found
            if at_once or not _has_time_left(found, now):
                _end(found, now, by, why or gettext_lazy("Cancelled."))
                return found
            transition(
                found,
                State(found.state),
                by=by,
                why=why or gettext_lazy("Cancelled for the end of the period."),
                cancel_at_period_end=True,
                ends_at=found.period_end,
                **no_next_plan(found),
            )
            return found

    return retried(act)


def no_next_plan(found: Subscription) -> dict[str, Any]:
    """What forgets a change of plan that was to come, and what it would have cost."""
    if found.next_plan_id is None:
        return {}
    on_trial = found.state == State.TRIALING
    due = first_due(found, found.plan) if on_trial else found.price
    return {"next_plan": None, "next_plan_at": None, "amount_due": due}


def _has_time_left(found: Subscription, now: datetime) -> bool:
    return found.state != State.PENDING and found.period_end is not None and found.period_end > now


def _end(found: Subscription, now: datetime, by: str, why: Words) -> None:
    if found.state == State.PENDING:
        give_back(found)
    ends = min(found.ends_at or now, now)
    transition(found, State.CANCELLED, by=by, why=why, ends_at=ends, **no_next_plan(found))
