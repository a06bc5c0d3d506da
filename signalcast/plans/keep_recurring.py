"""Keep the record of what comes in again and again: what a subscription counts for, and since when.

Only what is paid for period after period counts, by the price that was agreed and whatever a coupon
takes off the first payment. docs/business.md defines it for the people who read the figures.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, TypeAlias

from signalcast.plans.models import Plan, RecurringMove, Subscription
from signalcast.plans.periods import MONTHS
from signalcast.plans.states import SubscriptionState

State = SubscriptionState
Kind = RecurringMove.Kind

#: States that count, once something was paid or nothing had to be at first.
COUNTING = (State.ACTIVE, State.PAST_DUE, State.GRACE)

#: Minor units a year, by plan and currency.
Worth: TypeAlias = "dict[tuple[int, str], int]"


def worth(subscription: Subscription) -> Worth:
    """What SUBSCRIPTION counts for as it is; empty where that is nothing."""
    one, plan = subscription, subscription.plan
    months = MONTHS.get(Plan.Interval(plan.interval))
    tried = one.trial_ends_at is not None and one.trial_ends_at == one.period_end
    if one.state not in COUNTING or tried or not one.price or months is None:
        return {}
    return {(plan.pk, one.currency): one.price * 12 // months}


def keep_recurring(subscription: Subscription, *, at: datetime | None = None) -> None:
    """Write down by how much SUBSCRIPTION counts for more or less than was known of it.

    AT is the moment where that is not now. In the transaction of what changed.
    """
    known = list(subscription.moves.values_list("plan_id", "currency", "yearly", "kind"))
    before: Counter[tuple[int, str]] = Counter()
    for plan, currency, yearly, _kind in known:
        before[plan, currency] += yearly
    was = {key: yearly for key, yearly in before.items() if yearly}
    moment: dict[str, Any] = {"at": at} if at else {}
    if subscription.state == State.TRIALING and not known:
        subscription.moves.create(
            plan=subscription.plan, kind=Kind.TRIAL, currency=subscription.currency, **moment
        )
    now = worth(subscription)
    if was == now:
        return
    begins = Kind.NEW
    if subscription.trial_ends_at and all(kind == Kind.TRIAL for *_values, kind in known):
        begins = Kind.CONVERTED
    RecurringMove.objects.bulk_create(
        RecurringMove(
            subscription=subscription,
            plan_id=plan,
            kind=_kind_of(currency, was, now, begins),
            currency=currency,
            yearly=now.get((plan, currency), 0) - was.get((plan, currency), 0),
            subscriptions=((plan, currency) in now) - ((plan, currency) in was),
            **moment,
        )
        for plan, currency in {**was, **now}
        if now.get((plan, currency)) != was.get((plan, currency))
    )


def _kind_of(currency: str, was: Worth, now: Worth, begins: RecurringMove.Kind) -> str:
    """What happened within one currency: what moves to another is lost there, and new here."""
    less, more = (
        sum(yearly for (_plan, its), yearly in worths.items() if its == currency)
        for worths in (was, now)
    )
    if not less:
        return begins if not was else Kind.NEW
    if not more:
        return Kind.LOST
    return Kind.UP if more >= less else Kind.DOWN
