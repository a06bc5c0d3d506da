"""What a change to another plan of the family would cost, and when it would come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from signalcast.plans.models import Plan, Subscription
from signalcast.plans.periods import period_after
from signalcast.plans.prorate import Proration, prorate
from signalcast.plans.quote import discount_of
from signalcast.plans.states import ENTITLING, Refused, SubscriptionState

State = SubscriptionState
#: Days of an interval, for comparing prices of different ones.
DAYS = {Plan.Interval.MONTH: 30, Plan.Interval.QUARTER: 91, Plan.Interval.YEAR: 365}


@dataclass(frozen=True, slots=True)
class Offer:
    """A change: at once, with what is to be paid for that, or with the next period."""

    plan: Plan
    at_once: bool
    #: Minor units of the plan's currency; all 0 where it comes with the next period.
    proration: Proration
    #: When it comes, and until when the plan then is paid for; empty: without end.
    at: datetime
    period_end: datetime | None

    @property
    def due(self) -> int:
        """Minor units to be paid before it is done."""
        return self.proration.due


def offer_change(subscription: Subscription, plan: Plan, *, at: datetime) -> Offer:
    """The change of SUBSCRIPTION to PLAN as it would be at that moment.

    What costs more a day comes at once, for the difference; what costs less comes with the next
    period. On trial any plan comes at once, for nothing. Raises Refused.
    """
    _check(subscription, plan)
    if subscription.state == State.TRIALING and plan.price:
        return Offer(plan, True, Proration(0, 0, 0), at, subscription.period_end)
    old, end = subscription.plan, subscription.period_end
    if end is None or subscription.period_start is None:
        whole = Proration(plan.price, 0, plan.price)
        return Offer(plan, True, whole, at, period_after(at, plan.interval))
    if end <= at:
        raise Refused(_("Its period is over. Pay what is due first."))
    same = old.interval == plan.interval
    if not (_a_day(plan, plan.price) > _a_day(old, subscription.price)) and not (
        same and plan.price >= subscription.price
    ):
        return Offer(plan, False, Proration(0, 0, 0), end, period_after(end, plan.interval))
    cost = prorate(
        old_price=subscription.period_paid,
        new_price=plan.price,
        start=subscription.period_start,
        end=end,
        at=at,
        same=same,
    )
    new_end = end if same else period_after(at, plan.interval)
    if cost.rest and new_end:
        length = (end - subscription.period_start) if same else (new_end - at)
        new_end += timedelta(seconds=int(length.total_seconds()) * cost.rest // plan.price)
    return Offer(plan, True, cost, at, new_end)


def first_due(subscription: Subscription, plan: Plan) -> int:
    """What the first payment after a trial has to bring for PLAN, with the coupon in use."""
    used = subscription.redemptions.select_related("coupon").first()
    return plan.price - (discount_of(used.coupon, plan) if used else 0)


def _check(subscription: Subscription, plan: Plan) -> None:
    old = subscription.plan
    if plan.pk == old.pk:
        raise Refused(_("You have this plan already."))
    if plan.group != old.group:
        raise Refused(_("This plan is no alternative to yours. Subscribe to it besides."))
    if plan.visibility == Plan.Visibility.ARCHIVED:
        raise Refused(_("This plan is not sold any more. Choose another one."))
    if subscription.state not in ENTITLING:
        raise Refused(_("There is no subscription to change. Subscribe to the plan."))
    if subscription.state in (State.PAST_DUE, State.GRACE):
        raise Refused(_("Pay what is due first, then change the plan."))
    if subscription.cancel_at_period_end:
        raise Refused(_("It ends with its period. Reactivate it first."))
    if subscription.period_end is None and old.price:
        raise Refused(_("A plan for a lifetime stays as it is."))
    if plan.currency != subscription.currency and subscription.price:
        raise Refused(_("The plans have different currencies. Ask us to change it."))


def _a_day(plan: Plan, price: int) -> float:
    if plan.interval == Plan.Interval.LIFETIME:
        return float("inf") if price else 0.0
    return price / DAYS[Plan.Interval(plan.interval)]
