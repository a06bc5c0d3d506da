"""What somebody has to pay for a plan, by our own prices."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.core.retry import retried
from signalcast.payments.gateways.base import AgreementState
from signalcast.payments.models import Agreement, Charge
from signalcast.plans.lock import lock, lock_user
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import Refused, SubscriptionState
from signalcast.plans.subscribe import current_of, subscribe

#: Letters and digits that nobody takes for each other on paper.
ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"


def begin_charge(user: User, plan: Plan, gateway: str, *, code: str = "") -> Charge | None:
    """The charge for USER's subscription to PLAN, or for its next period; None where it began
    without a payment. CODE is a coupon's.

    Asked for again, the same charge comes out; another way to pay takes its place. Raises Refused.
    """

    def act() -> Charge | None:
        with transaction.atomic():
            lock_user(user.pk)
            current = current_of(user.pk, plan)
            if current and current.plan_id == plan.pk and current.state != State.PENDING:
                _may_pay_next(current, code)
            else:
                current = subscribe(user, plan, by=user.email, code=code)
                if current.state != State.PENDING:
                    return None
            return _charge(lock(current.pk).subscription, gateway, code)

    return retried(act)


State = SubscriptionState


def _may_pay_next(current: Subscription, code: str) -> None:
    if code.strip():
        raise Refused(_("A coupon is for the first payment. Leave it out."))
    if not current.amount_due:
        raise Refused(_("You have this plan already, and nothing is to be paid."))
    going_on = Agreement.objects.filter(subscription=current, ends_with_period=False)
    if going_on.exclude(state=AgreementState.ENDED).exists():
        raise Refused(_("It renews by itself. Nothing is to be paid now."))


def _charge(subscription: Subscription, gateway: str, code: str) -> Charge:
    due = {
        "gateway": gateway,
        "amount": subscription.amount_due,
        "currency": subscription.currency,
    }
    plan = subscription.next_plan or subscription.plan
    key = str(subscription.pk)
    if found := Charge.objects.filter(open_key=key).first():
        if all(getattr(found, name) == value for name, value in due.items()):
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
        coupon=code.strip().upper()[:32],
        open_key=key,
        reference="SC-" + "".join(secrets.choice(ALPHABET) for _number in range(8)),
        **due,
    )
