"""What was paid and is to be paid: one's own, and everybody's for those who keep the books."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, Limit, Money, Page
from signalcast.api.needs import READ
from signalcast.api.page import page
from signalcast.payments.gateways.base import RefundState
from signalcast.payments.models import Charge
from signalcast.payments.states import ChargeState, InvoiceKind
from signalcast.payments.visible import visible_charges

router = Router()
EXAMPLE: dict[str, Any] = {
    "id": "0193a000-0000-7000-8000-000000000003",
    "plan": "Gold",
    "subscription": 12,
    "amount": {"amount": 2900, "currency": "EUR"},
    "tax": {"amount": 463, "currency": "EUR"},
    "coupon": "",
    "gateway": "manual",
    "reference": "SC-ACDEF347",
    "state": "paid",
    "reason": "",
    "created_at": "2026-11-01T08:00:00Z",
    "paid_at": "2026-11-02T08:00:00Z",
    "refunds": [],
    "invoices": [
        {
            "number": "2026-000001",
            "kind": "invoice",
            "amount": {"amount": 2900, "currency": "EUR"},
            "issued_at": "2026-11-02T08:00:00Z",
        }
    ],
}


class RefundOut(BaseModel):
    """What goes back."""

    amount: Money
    state: RefundState
    created_at: datetime


class InvoiceOut(BaseModel):
    """What is written about it."""

    number: str
    kind: InvoiceKind
    amount: Money
    issued_at: datetime


class PaymentOut(BaseModel):
    """A payment for a plan."""

    id: UUID
    #: Its name at that time.
    plan: str
    subscription: int | None
    #: With tax, and how much of it is tax.
    amount: Money
    tax: Money
    coupon: str
    gateway: str
    #: What is to be written on a bank transfer.
    reference: str | None
    state: ChargeState
    reason: str
    created_at: datetime
    paid_at: datetime | None
    refunds: list[RefundOut]
    invoices: list[InvoiceOut]

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


@router.get(
    "/payments",
    response=Page[PaymentOut],
    auth=READ,
    operation_id="list_payments",
    summary="Your payments",
)
def list_payments(
    request: HttpRequest,
    state: ChargeState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[PaymentOut]:
    """Newest first. Owners, operators and support see those of everybody."""
    found = _rows(request)
    if state:
        found = found.filter(state=state)
    rows, after = page(found, cursor, limit)
    return Page(items=[_told(row) for row in rows], next=after)


@router.get(
    "/payments/{uuid:id}",
    response=PaymentOut,
    auth=READ,
    operation_id="read_payment",
    summary="A payment",
)
def read_payment(request: HttpRequest, id: UUID) -> PaymentOut:
    """One payment."""
    return _told(get_object_or_404(_rows(request), pk=id))


def _rows(request: HttpRequest) -> QuerySet[Charge]:
    return visible_charges(user_of(request)).prefetch_related("refunds", "invoices")


def _told(charge: Charge) -> PaymentOut:
    return PaymentOut(
        id=charge.pk,
        plan=charge.plan_name,
        subscription=charge.subscription_id,
        amount=Money(amount=charge.amount, currency=charge.currency),
        tax=Money(amount=charge.tax, currency=charge.currency),
        coupon=charge.coupon,
        gateway=charge.gateway,
        reference=charge.reference,
        state=ChargeState(charge.state),
        reason=charge.reason,
        created_at=charge.created_at,
        paid_at=charge.paid_at,
        refunds=[
            RefundOut(
                amount=Money(amount=one.amount, currency=one.currency),
                state=RefundState(one.state),
                created_at=one.created_at,
            )
            for one in charge.refunds.all()
        ],
        invoices=[
            InvoiceOut(
                number=one.number,
                kind=InvoiceKind(one.kind),
                amount=Money(amount=one.amount, currency=one.currency),
                issued_at=one.issued_at,
            )
            for one in charge.invoices.all()
        ],
    )
