"""What Stripe's events say, in our words. Knows the shapes of 2025-03-31 and of those before.

Plain functions of the event: nobody is asked, so that the same events say the same in any order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from signalcast.payments.gateways.base import (
    Abandoned,
    Agreed,
    AgreementState,
    Disputed,
    DisputeState,
    Event,
    Fact,
    Named,
    Paid,
    Refunded,
    RefundState,
)
from signalcast.payments.gateways.stripe.amounts import ours

Object = dict[str, Any]

#: The key of a row.
NUMBER = re.compile(r"[0-9]{1,18}")

REFUNDS = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
#: A warning moves no money yet.
DISPUTES = {
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
AGREEMENTS = {
    "active": AgreementState.ACTIVE,
    "trialing": AgreementState.TRIALING,
    "past_due": AgreementState.PAST_DUE,
    "unpaid": AgreementState.PAST_DUE,
    "paused": AgreementState.PAST_DUE,
    "canceled": AgreementState.ENDED,
    "incomplete_expired": AgreementState.ENDED,
}


def read_event(event: Event) -> list[Fact]:
    """The facts in an event; none where it is about something else than our plans."""
    read = READERS.get(event.type)
    found = (event.body.get("data") or {}).get("object")
    if read is None or not isinstance(found, dict):
        return []
    return list(read(found, event))


def _session_paid(session: Object, event: Event) -> Iterator[Fact]:
    """A plan that is paid once. What a subscription costs is told by its invoices."""
    about = _ours(session.get("metadata"))
    if not about or session.get("mode") != "payment" or session.get("payment_status") == "unpaid":
        return
    currency = _currency(session)
    taxes = (session.get("total_details") or {}).get("amount_tax") or 0
    yield Paid(
        payment=_id(session.get("payment_intent")) or session["id"],
        amount=ours(session.get("amount_total") or 0, currency),
        tax=ours(taxes, currency),
        currency=currency,
        at=event.at,
        charge=about["charge"],
        user=int(about["user"]),
        plan=about["plan"],
        customer=_id(session.get("customer")),
    )


def _session_expired(session: Object, _event: Event) -> Iterator[Fact]:
    if about := _ours(session.get("metadata")):
        yield Abandoned(charge=about["charge"])


def _invoice_paid(invoice: Object, event: Event) -> Iterator[Fact]:
    parent = (invoice.get("parent") or {}).get("subscription_details") or {}
    before = invoice.get("subscription_details") or {}
    about = _ours(parent.get("metadata")) or _ours(before.get("metadata"))
    if not about:
        return
    first = invoice.get("billing_reason") == "subscription_create"
    currency = _currency(invoice)
    taxes = sum(tax.get("amount") or 0 for tax in invoice.get("total_taxes") or ())
    yield Paid(
        payment=invoice["id"],
        alias=_id(invoice.get("payment_intent")),
        amount=ours(invoice.get("amount_paid") or 0, currency),
        tax=ours(taxes or invoice.get("tax") or 0, currency),
        currency=currency,
        at=event.at,
        charge=about["charge"] if first else "",
        origin=about["charge"],
        user=int(about["user"]),
        plan=about["plan"],
        agreement=_id(parent.get("subscription") or invoice.get("subscription")),
        customer=_id(invoice.get("customer")),
        period_end=_period_end(invoice),
    )
    for one in (invoice.get("payments") or {}).get("data") or ():
        yield from _invoice_payment(one, event)


def _invoice_payment(payment: Object, _event: Event) -> Iterator[Fact]:
    intent = _id((payment.get("payment") or {}).get("payment_intent"))
    invoice = _id(payment.get("invoice"))
    if intent and invoice:
        yield Named(payment=invoice, alias=intent)


def _refund(refund: Object, _event: Event) -> Iterator[Fact]:
    if fact := read_refund(refund):
        yield fact


def read_refund(refund: Object) -> Refunded | None:
    """What a refund says; None where it is of no payment."""
    payment = _id(refund.get("payment_intent")) or _id(refund.get("charge"))
    state = REFUNDS.get(refund.get("status") or "")
    if not (payment and state):
        return None
    currency = _currency(refund)
    return Refunded(
        refund=refund["id"],
        payment=payment,
        amount=ours(refund.get("amount") or 0, currency),
        currency=currency,
        state=state,
        own=_uuid((refund.get("metadata") or {}).get("refund")),
    )


def _charge_refunded(charge: Object, event: Event) -> Iterator[Fact]:
    """Shapes before 2022-11-15 tell refunds within their charge."""
    for refund in (charge.get("refunds") or {}).get("data") or ():
        yield from _refund({"payment_intent": charge.get("payment_intent"), **refund}, event)


def _dispute(dispute: Object, _event: Event) -> Iterator[Fact]:
    payment = _id(dispute.get("payment_intent")) or _id(dispute.get("charge"))
    state = DISPUTES.get(dispute.get("status") or "")
    if payment and state:
        currency = _currency(dispute)
        yield Disputed(
            dispute=dispute["id"],
            payment=payment,
            amount=ours(dispute.get("amount") or 0, currency),
            currency=currency,
            state=state,
        )


def _subscription(subscription: Object, event: Event) -> Iterator[Fact]:
    about = _ours(subscription.get("metadata"))
    state = AGREEMENTS.get(subscription.get("status") or "")
    if event.type == "customer.subscription.deleted":
        state = AgreementState.ENDED
    if not about or state is None:
        return
    items = (subscription.get("items") or {}).get("data") or ()
    ends = [item.get("current_period_end") for item in items]
    ends = [end for end in (*ends, subscription.get("current_period_end")) if end]
    yield Agreed(
        agreement=subscription["id"],
        origin=about["charge"],
        user=int(about["user"]),
        plan=about["plan"],
        state=state,
        customer=_id(subscription.get("customer")),
        period_end=_moment(max(ends)) if ends else None,
        ends_with_period=bool(
            subscription.get("cancel_at_period_end") or subscription.get("cancel_at")
        ),
        at=event.at,
        event=event.id,
    )


def _period_end(invoice: Object) -> datetime | None:
    lines = (invoice.get("lines") or {}).get("data") or ()
    ends = [(line.get("period") or {}).get("end") for line in lines]
    known = [end for end in ends if end]
    return _moment(max(known)) if known else None


def _ours(metadata: Any) -> dict[str, str] | None:
    """What we gave the provider to keep; None for what was not begun here."""
    if not isinstance(metadata, dict):
        return None
    about = {name: str(metadata.get(name) or "") for name in ("charge", "user", "plan")}
    whole = _uuid(about["charge"]) and about["plan"] and NUMBER.fullmatch(about["user"])
    return about if whole else None


def _uuid(value: Any) -> str:
    """The key of a row of ours, or nothing."""
    try:
        return str(UUID(str(value)))
    except ValueError:
        return ""


def _id(value: Any) -> str:
    """The id of what may be given by its id or in full."""
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")


def _currency(found: Object) -> str:
    return str(found.get("currency") or "").upper()


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


Reader = Callable[[Object, Event], Iterator[Fact]]
READERS: dict[str, Reader] = {
    "checkout.session.completed": _session_paid,
    "checkout.session.async_payment_succeeded": _session_paid,
    "checkout.session.async_payment_failed": _session_expired,
    "checkout.session.expired": _session_expired,
    "invoice.paid": _invoice_paid,
    "invoice_payment.paid": _invoice_payment,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.closed": _dispute,
    "customer.subscription.created": _subscription,
    "customer.subscription.updated": _subscription,
    "customer.subscription.paused": _subscription,
    "customer.subscription.resumed": _subscription,
    "customer.subscription.deleted": _subscription,
}
