"""What somebody has to pay for a plan, by our own prices."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.core.retry import retried
from signalcast.payments.gateways.base import AgreementState
from signalcast.payments.models import Agreement, Charge
from signalcast.plans.change_plan import change_plan
from signalcast.plans.lock import lock, lock_user
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.offer_change import offer_change
from signalcast.plans.states import Refused, SubscriptionState
from signalcast.plans.subscribe import current_of, subscribe

State = SubscriptionState

#: Letters and digits that nobody takes for each other on paper.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
#: How long the price of a change holds, which gets less by the second: to pay in peace.
QUOTED_FOR = timedelta(hours=1)


def begin_charge(user: User, plan: Plan, gateway: str, *, code: str = "") -> Charge | None:
    """The charge for USER's subscription to PLAN, for its next period, or for a change to it; None
    where nothing was to be paid for that, so that it is done. CODE is a coupon's.

    Asked for again, the same charge comes out; another way to pay takes its place. Raises Refused.
    """

    def act() -> Charge | None:
        with transaction.atomic():
            now = lock_user(user.pk)
            current = current_of(user.pk, plan)
            if current and current.plan_id != plan.pk and current.state != State.PENDING:
                return _change(lock(current.pk).subscription, plan, gateway, code, now)
            if current and current.plan_id == plan.pk and current.state != State.PENDING:
                _may_pay_next(current, code)
            else:
                current = subscribe(user, plan, by=user.email, code=code)
                if current.state != State.PENDING:
                    return None
            return _charge(lock(current.pk).subscription, gateway, code)

    return retried(act)


def _may_pay_next(current: Subscription, code: str) -> None:
    if code.strip():
        raise Refused(_("A coupon is for the first payment. Leave it out."))
    if not current.amount_due:
        raise Refused(_("You have this plan already, and nothing is to be paid."))
    going_on = Agreement.objects.filter(
        subscription=current, plan=current.plan_id, ends_with_period=False
    )
    if going_on.exclude(state=AgreementState.ENDED).exists():
        raise Refused(_("It renews by itself. Nothing is to be paid now."))


def _change(
    subscription: Subscription, plan: Plan, gateway: str, code: str, now: datetime
) -> Charge | None:
    if code.strip():
        raise Refused(_("A coupon is for the first payment. Leave it out."))
    offer = offer_change(subscription, plan, at=now)
    if not offer.due:
        change_plan(subscription, plan, by=subscription.user.email)
        return None
    quoted = Charge.objects.filter(open_key=str(subscription.pk), gateway=gateway, plan=plan)
    holds = Q(quoted_at__gt=now - QUOTED_FOR) | Q(state=Charge.State.REVIEW, quoted_at__lte=now)
    if waiting := quoted.filter(holds).first():
        return waiting
    return _open(
        subscription,
        plan,
        quoted_at=now,
        gateway=gateway,
        amount=offer.due,
        currency=plan.currency,
    )


def _charge(subscription: Subscription, gateway: str, code: str) -> Charge:
    return _open(
        subscription,
        subscription.next_plan or subscription.plan,
        coupon=code.strip().upper()[:32],
        gateway=gateway,
        amount=subscription.amount_due,
        currency=subscription.currency,
    )


def _open(subscription: Subscription, plan: Plan, **due: Any) -> Charge:
    """The charge that is under way where it is the same, else a new one in its place."""
    key = str(subscription.pk)
    same = ("gateway", "amount", "currency")
    if found := Charge.objects.filter(open_key=key).first():
        if found.plan_id == plan.pk and all(getattr(found, name) == due[name] for name in same):
            return found
        if found.state == Charge.State.REVIEW:
            raise Refused(_("Your payment is being looked at. Wait for that."))
        waiting = Charge.objects.filter(pk=found.pk, state=Charge.State.OPEN)
        if not waiting.update(state=Charge.State.ABANDONED, open_key=None):
            raise Refused(_("It has changed meanwhile. Look at it again."))
    return Charge.objects.create(
        user=subscription.user,
        plan=plan,
        plan_name=plan.name,
        subscription=subscription,
        open_key=key,
        reference="SC-" + "".join(secrets.choice(ALPHABET) for _number in range(8)),
        **due,
    )
