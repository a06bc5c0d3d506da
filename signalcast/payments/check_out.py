"""Begin to pay: what is due, and where that goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from signalcast.accounts.models import User
from signalcast.core import clock
from signalcast.payments.begin_charge import begin_charge
from signalcast.payments.gateways.base import Order
from signalcast.payments.gateways.registry import gateway
from signalcast.payments.models import Charge, Customer
from signalcast.plans.models import Plan
from signalcast.plans.periods import MONTHS

#: Providers that charge by themselves want to begin at least so much later, or now.
SOONEST = timedelta(hours=49)


class Begun(NamedTuple):
    """A charge, None where nothing is to be paid, and the address at which it goes on."""

    charge: Charge | None
    address: str


class Pages(NamedTuple):
    """Where a provider sends the browser back to, as full addresses with `{charge}` in them."""

    done: str
    cancelled: str


def check_out(user: User, plan: Plan, name: str, *, pages: Pages, code: str = "") -> Begun:
    """Begin to pay for PLAN by the gateway of that NAME. Raises Refused and GatewayError.

    The provider is asked outside of any transaction; the same charge is one payment there.
    """
    charge = begin_charge(user, plan, name, code=code)
    if charge is None:
        return Begun(None, "")
    going = gateway(name).check_out(_order(charge, user, pages))
    if going.customer:
        Customer.objects.get_or_create(
            gateway=name, user=user, defaults={"external_id": going.customer}
        )
    return Begun(charge, going.address)


def _order(charge: Charge, user: User, pages: Pages) -> Order:
    subscription, plan = charge.subscription, charge.plan
    if subscription is None or plan is None:
        raise LookupError(f"charge {charge.pk} has lost its plan")
    known = Customer.objects.filter(gateway=charge.gateway, user=user).first()
    end = subscription.period_end
    later = end is not None and end > clock.now() + SOONEST
    # The difference of a change is paid once; the new plan's periods are paid when they come.
    once = charge.quoted_at is not None
    return Order(
        charge=str(charge.pk),
        user=user.pk,
        email=user.email,
        name=plan.name,
        plan=plan.slug,
        amount=charge.amount,
        renewal=max(charge.amount, subscription.price or plan.price),
        currency=charge.currency,
        months=0 if once else MONTHS.get(Plan.Interval(plan.interval), 0),
        starts_at=end if later else None,
        customer=known.external_id if known else "",
        done=pages.done.format(charge=charge.pk),
        cancelled=pages.cancelled.format(charge=charge.pk),
    )
