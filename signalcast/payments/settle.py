"""Bring one fact that a gateway told into the books. Any order of facts gives the same books."""

from __future__ import annotations

from functools import singledispatch

from django.db.models import Q

from signalcast.accounts.models import User
from signalcast.payments.attach import attach
from signalcast.payments.find_charge import find_charge
from signalcast.payments.gateways.base import (
    Abandoned,
    Agreed,
    AgreementState,
    Disputed,
    Fact,
    Named,
    Paid,
    Refunded,
)
from signalcast.payments.models import (
    Agreement,
    Charge,
    Customer,
    Dispute,
    PaymentName,
    Refund,
)
from signalcast.payments.progress import advance_dispute, advance_refund
from signalcast.payments.receive import receive
from signalcast.payments.settle_right import settle_right
from signalcast.plans.models import Plan


@singledispatch
def settle(fact: Fact, gateway: str) -> None:
    """Note FACT. Within the transaction and the turn of whoever calls."""
    raise NotImplementedError(type(fact).__name__)


@settle.register
def _paid(fact: Paid, gateway: str) -> None:
    charge = find_charge(gateway, fact.payment) or _meant(fact, gateway)
    if charge.state != Charge.State.PAID:
        charge.external_id = fact.payment
        charge.amount, charge.tax, charge.currency = fact.amount, fact.tax, fact.currency
        charge.agreement, charge.period_end = fact.agreement, fact.period_end
        receive(charge, at=fact.at)
    if fact.alias:
        _name(gateway, fact.alias, fact.payment)
    if fact.customer and charge.user_id:
        _know(gateway, charge.user_id, fact.customer)
    attach(charge)
    _settle_right(charge)


def _meant(fact: Paid, gateway: str) -> Charge:
    """The charge of ours that is paid, or a new one: money came, whatever we know of it."""
    mine = Charge.objects.filter(gateway=gateway, external_id=None)
    if fact.charge and (found := mine.filter(pk=fact.charge).first()):
        return found
    plan = Plan.objects.filter(slug=fact.plan).first()
    origin = _begun_with(fact.charge or fact.origin)
    return Charge(
        subscription=origin.subscription if origin else None,
        gateway=gateway,
        user=User.objects.filter(pk=fact.user).first(),
        plan=plan,
        plan_name=plan.name if plan else fact.plan,
    )


@settle.register
def _named(fact: Named, gateway: str) -> None:
    _name(gateway, fact.alias, fact.payment)
    if charge := find_charge(gateway, fact.payment):
        attach(charge)
        _settle_right(charge)


def _name(gateway: str, alias: str, payment: str) -> None:
    PaymentName.objects.get_or_create(gateway=gateway, alias=alias, defaults={"payment": payment})


def _know(gateway: str, user: int, external_id: str) -> None:
    Customer.objects.get_or_create(
        gateway=gateway, user_id=user, defaults={"external_id": external_id}
    )


@settle.register
def _refunded(fact: Refunded, gateway: str) -> None:
    rows = Refund.objects.filter(gateway=gateway)
    row = rows.filter(external_id=fact.refund).first()
    if row is None and fact.own:
        row = rows.filter(pk=fact.own).first()
    row = row or Refund(
        gateway=gateway,
        payment=fact.payment,
        amount=fact.amount,
        currency=fact.currency,
        charge=find_charge(gateway, fact.payment),
    )
    row.external_id = fact.refund
    row.save()
    advance_refund(row, fact.state)
    _settle_right(row.charge)


@settle.register
def _disputed(fact: Disputed, gateway: str) -> None:
    row, _new = Dispute.objects.get_or_create(
        gateway=gateway,
        external_id=fact.dispute,
        defaults={
            "payment": fact.payment,
            "amount": fact.amount,
            "currency": fact.currency,
            "charge": find_charge(gateway, fact.payment),
        },
    )
    advance_dispute(row, fact.state)
    _settle_right(row.charge)


@settle.register
def _agreed(fact: Agreed, gateway: str) -> None:
    origin = _begun_with(fact.origin)
    said = {
        "subscription": origin.subscription if origin else None,
        "user": User.objects.filter(pk=fact.user).first(),
        "plan": Plan.objects.filter(slug=fact.plan).first(),
        "state": fact.state.value,
        "period_end": fact.period_end,
        "ends_with_period": fact.ends_with_period,
        "told_at": fact.at,
        "told_by": fact.event,
    }
    row, new = Agreement.objects.get_or_create(
        gateway=gateway, external_id=fact.agreement, defaults=said
    )
    if not new and _version(row.state, row.told_at, row.told_by) < _version(
        fact.state, fact.at, fact.event
    ):
        Agreement.objects.filter(pk=row.pk).update(**said)
    if fact.customer and fact.user and said["user"]:
        _know(gateway, fact.user, fact.customer)
    _settle_right(origin)


def _begun_with(charge: str) -> Charge | None:
    """The charge of ours that a provider kept with what it tells."""
    return Charge.objects.filter(pk=charge).first() if charge else None


def _settle_right(charge: Charge | None) -> None:
    if charge:
        settle_right(charge.subscription_id)


def _version(state: str, *said: object) -> tuple[object, ...]:
    """What is said last counts; and what ended stays so."""
    return (state == AgreementState.ENDED, *said)


@settle.register
def _abandoned(fact: Abandoned, gateway: str) -> None:
    waiting = Q(state=Charge.State.OPEN, external_id=None, gateway=gateway, pk=fact.charge)
    Charge.objects.filter(waiting).update(state=Charge.State.ABANDONED, open_key=None)
