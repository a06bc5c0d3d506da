"""Begin a subscription: a trial, at once where nothing is to be paid, else waiting for payment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import User
from signalcast.core.retry import retried
from signalcast.plans.lock import lock_user
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.periods import access_end, period_after
from signalcast.plans.quote import Quote, quote
from signalcast.plans.redeem import give_back, redeem
from signalcast.plans.states import (
    CURRENT,
    Refused,
    SubscriptionState,
    begin,
    current_key,
    transition,
)


def subscribe(user: User, plan: Plan, *, by: str, code: str = "") -> Subscription:
    """Subscribe USER to PLAN, at the server's price less what the coupon of that CODE takes off.

    What comes out is on trial, active, or pending: then `renew` is to be called once
    `amount_due` of its `currency` was paid. Asked for again, the same pending one comes out;
    for another plan of the family or with another coupon, it makes way. Raises Refused.
    """

    def act() -> Subscription:
        with transaction.atomic():
            now = lock_user(user.pk)
            return _subscribe(user, Plan.objects.get(pk=plan.pk), by, code, now)

    return retried(act)


def has_trial(user: User, plan: Plan) -> bool:
    """Whether PLAN would begin with a trial: once for each person and family."""
    if not plan.trial_days or not plan.price:
        return False
    tried = Subscription.objects.filter(user=user, trial_ends_at__isnull=False)
    return all(one.plan.group != plan.group for one in tried.select_related("plan"))


def current_of(user_id: int, plan: Plan) -> Subscription | None:
    """The current subscription of a user in the family of PLAN."""
    key = current_key(user_id, plan.group, CURRENT[0])
    return Subscription.objects.select_related("plan").filter(current_key=key).first()


def _subscribe(user: User, plan: Plan, by: str, code: str, now: datetime) -> Subscription:
    if plan.visibility == Plan.Visibility.ARCHIVED:
        raise Refused(_("This plan is not sold any more. Choose another one."))
    current = current_of(user.pk, plan)
    if current and current.state != SubscriptionState.PENDING:
        if current.plan_id == plan.pk:
            raise Refused(_("You have this plan already."))
        raise Refused(
            _("You have %(plan)s. Change your plan instead.") % {"plan": current.plan.name}
        )
    if current:
        if _is_the_same(current, plan, code):
            return current
        give_back(current)
        why = gettext_lazy("Another choice took its place.")
        transition(current, SubscriptionState.CANCELLED, by=by, why=why)
    asked = quote(plan, user_id=user.pk, code=code, at=now)
    made = Subscription(user=user, plan=plan, **_terms(user, plan, asked, now))
    begin(made, by=by, why=gettext_lazy("Subscribed."))
    redeem(asked, made)
    return made


def _is_the_same(current: Subscription, plan: Plan, code: str) -> bool:
    used = current.redemptions.values_list("coupon__code", flat=True)
    return (
        current.plan_id == plan.pk
        and current.price == plan.price
        and list(used) == [word for word in [code.strip().upper()] if word]
    )


def _terms(user: User, plan: Plan, asked: Quote, now: datetime) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "starts_at": now,
        "price": plan.price,
        "amount_due": asked.total,
        "currency": plan.currency,
    }
    if has_trial(user, plan):
        ends = now + timedelta(days=plan.trial_days)
        return terms | {
            "state": SubscriptionState.TRIALING,
            "trial_ends_at": ends,
            "period_start": now,
            "period_end": ends,
            "ends_at": ends,
        }
    if asked.total:
        return terms | {"state": SubscriptionState.PENDING}
    period_end = period_after(now, plan.interval) if plan.price else None
    return terms | {
        "state": SubscriptionState.ACTIVE,
        "period_start": now,
        "period_end": period_end,
        "ends_at": access_end(plan, period_end, renews=True),
        "amount_due": 0 if plan.is_endless else plan.price,
    }
