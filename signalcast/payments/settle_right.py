"""Bring a subscription in step with what was paid for it, by the rule in docs/payments.md."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.payments.gateways.base import AgreementState
from signalcast.payments.models import Agreement, Charge
from signalcast.payments.right import gives_right
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.fail_payment import fail_payment
from signalcast.plans.models import Subscription
from signalcast.plans.periods import access_end
from signalcast.plans.reactivate import reactivate
from signalcast.plans.renew import renew
from signalcast.plans.states import CURRENT, ENTITLING, Refused, SubscriptionState, transition

State = SubscriptionState
ENDED = AgreementState.ENDED
#: Who is written down as having changed a subscription.
BY = "payments"


def settle_right(subscription: int | None) -> None:
    """Give a subscription what its charges paid for, or take it back, and follow its agreement.

    Looks at all of them, not at what changed, so that the order of changes doesn't matter. What a
    subscription can't take is written down at the charge, for staff. Within the transaction and
    the turn of whoever calls.
    """
    if subscription is None:
        return
    paid = Charge.objects.filter(subscription=subscription, state=Charge.State.PAID)
    charges = list(paid.order_by("paid_at", "external_id"))
    if charges:
        _settle(subscription, charges)
    _follow(subscription)


def _settle(subscription: int, charges: list[Charge]) -> None:
    latest = charges[-1]
    good = gives_right(latest)
    new = [charge for charge in charges if not charge.granted_at]
    found = Subscription.objects.get(pk=subscription)
    withdrawn = any(charge.withdrawn_at for charge in charges)
    if withdrawn and (good or new) and found.state == State.CANCELLED:
        if not _try(latest, lambda: _restore(found)):
            return
        Charge.objects.filter(pk__in=[charge.pk for charge in charges]).update(withdrawn_at=None)
    # What was paid is granted first, whatever came of it since.
    for charge in new:
        _grant(charge, Subscription.objects.get(pk=subscription))
    found = Subscription.objects.get(pk=subscription)
    if not good and found.state in CURRENT:
        why = _("What was paid for it went back, or is disputed.")
        if _try(latest, lambda: cancel(found, by=BY, why=why, at_once=True)):
            Charge.objects.filter(pk=latest.pk).update(withdrawn_at=Now())


def _restore(found: Subscription) -> None:
    """Take back that we ended it, with the time that was paid for."""
    renews = not found.cancel_at_period_end
    ends_at = access_end(found.plan, found.period_end, renews=renews)
    why = _("What was paid counts again.")
    transition(found, State.ACTIVE, by=BY, why=why, ends_at=ends_at)


def _grant(charge: Charge, found: Subscription) -> None:
    if _try(charge, lambda: _give(found, charge)):
        Charge.objects.filter(pk=charge.pk).update(granted_at=Now(), reason="")


def _give(found: Subscription, charge: Charge) -> None:
    if charge.quoted_at and charge.plan:
        paid, quoted_at = charge.amount, charge.quoted_at
        change_plan(found, charge.plan, by=BY, paid=paid, quoted_at=quoted_at)
    else:
        renew(found, by=BY, until=charge.period_end)


def _follow(subscription: int) -> None:
    """Do what the provider says of an agreement, once the subscription has begun.

    What a person here decided about its end stays until the provider says something new.
    """
    agreements = Agreement.objects.filter(subscription=subscription)
    found = Subscription.objects.get(pk=subscription)
    mine = [one for one in agreements if one.plan_id == found.plan_id]
    if not mine or found.state not in ENTITLING:
        return
    # As long as one goes on, what others say is past.
    agreement = max(mine, key=lambda one: (one.state != ENDED, one.told_at, one.told_by))
    ends = agreement.state == ENDED or agreement.ends_with_period
    if ends != any(one.followed_end for one in mine):
        if ends and not found.cancel_at_period_end:
            cancel(found, by=BY, why=_("It was ended at the payment provider."))
        elif not ends and found.cancel_at_period_end:
            why = _("It goes on at the payment provider.")
            _quietly(lambda: reactivate(found, by=BY, why=why))
        agreements.update(followed_end=False)
        agreements.filter(pk=agreement.pk).update(followed_end=ends)
    found.refresh_from_db()
    if agreement.state == AgreementState.PAST_DUE and found.state != State.PAST_DUE:
        fail_payment(found, by=BY)
    elif agreement.state != AgreementState.PAST_DUE and found.state == State.PAST_DUE:
        _quietly(lambda: renew(found, by=BY, until=found.period_end))


def _try(charge: Charge, act: Callable[[], object]) -> bool:
    """Do it; where the subscription refuses, write that down at the charge."""
    try:
        with transaction.atomic():
            act()
    except Refused as problem:
        Charge.objects.filter(pk=charge.pk).update(reason=str(problem)[:500])
        events.warn("charge.without_right", charge=charge.pk, reason=str(problem))
        return False
    return True


def _quietly(act: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            act()
    except Refused as problem:
        events.emit("agreement.not_followed", reason=str(problem))
