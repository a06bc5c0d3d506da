"""A payment is in: the subscription is active for what was paid."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.retry import retried
from signalcast.core.words import Words
from signalcast.plans.lock import lock
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.periods import access_end, period_after
from signalcast.plans.states import Refused, SubscriptionState, transition

State = SubscriptionState


def renew(
    subscription: Subscription, *, by: str, until: datetime | None = None, why: str = ""
) -> Subscription:
    """Note that `amount_due` was paid. What comes out is active, until the end of what was paid.

    UNTIL is that end where a provider says it; else it is one interval of the plan after the
    period or trial before, or from now where that is over. An end that is not later than the one
    known makes it no shorter, so that events may come twice and in any order. One that expired
    begins anew. A downgrade that was asked for comes with its period. Raises Refused, as for one
    that was cancelled (give the money back, or `reactivate` it first), or an end in the past.
    """

    def act() -> Subscription:
        with transaction.atomic():
            found, now = lock(subscription.pk)
            return _renew(found, now, by, until, why or gettext_lazy("Paid."))

    return retried(act)


def _renew(
    found: Subscription, now: datetime, by: str, until: datetime | None, why: Words
) -> Subscription:
    if found.state == State.CANCELLED:
        raise Refused(_("It was cancelled. Give the money back, or reactivate it first."))
    known = found.period_end
    if until and known and until <= known:
        if found.state == State.PAST_DUE:
            transition(found, State.ACTIVE, by=by, why=why)
        return found
    anew = found.state in (State.PENDING, State.EXPIRED)
    if anew and until and until <= now:
        raise Refused(_("What was paid for is over already. Give the money back."))
    if known is None and not anew:
        raise Refused(_("Nothing is to be paid for it. Give the money back."))
    begin = now if anew or known is None else known
    plan = found.next_plan if found.next_plan and not anew else found.plan
    end = until or period_after(begin, plan.interval)
    changes: dict[str, Any] = {
        "period_start": begin,
        "period_end": end,
        "period_paid": found.amount_due,
        "ends_at": access_end(plan, end, renews=anew or not found.cancel_at_period_end),
        "amount_due": 0 if plan.is_endless else _price(found, plan),
    }
    if anew:
        changes |= {
            "starts_at": now,
            "cancel_at_period_end": False,
            "next_plan": None,
            "next_plan_at": None,
        }
    elif found.next_plan_at and found.next_plan_at <= now:
        changes |= switched(plan)
    transition(found, State.ACTIVE, by=by, why=why, **changes)
    return found


def switched(plan: Plan) -> dict[str, Any]:
    """What a subscription becomes when the plan that it was to become takes its place."""
    return {
        "plan": plan,
        "next_plan": None,
        "next_plan_at": None,
        "price": plan.price,
        "currency": plan.currency,
    }


def _price(found: Subscription, plan: Plan) -> int:
    return found.price if plan.pk == found.plan_id else plan.price
