"""Refunds and disputes go forward, and the books with them."""

from __future__ import annotations

from signalcast.core import events
from signalcast.payments.books import DISPUTED, TAX, money_at
from signalcast.payments.gateways.base import DisputeState, RefundState
from signalcast.payments.issue_invoice import issue_invoice
from signalcast.payments.models import Charge, Dispute, Invoice, Refund
from signalcast.payments.post_entry import Line, post_entry
from signalcast.payments.returned import lines_back, returned

#: What comes later in a life is never followed by what comes earlier.
RANK = {
    "": 0,
    RefundState.PENDING: 1,
    RefundState.DONE: 2,
    RefundState.FAILED: 3,
    DisputeState.OPEN: 1,
    DisputeState.WON: 2,
    DisputeState.LOST: 2,
}


def advance_refund(refund: Refund, state: str) -> None:
    """Bring a refund to STATE, unless it is there or past it."""
    before = refund.state
    if RANK[state] <= RANK[before]:
        return
    refund.state = state
    refund.save()
    if refund.charge:
        book_refund(refund, refund.charge, before)


def book_refund(refund: Refund, charge: Charge, before: str) -> None:
    """Put into the books that a refund came from a state to the one that it has."""
    others = returned(charge, but=refund)
    was, is_ = (
        others + refund.amount * (state == RefundState.DONE) for state in (before, refund.state)
    )
    if was == is_:
        return
    key = f"refund:{refund.gateway}:{refund.external_id or refund.pk}:{refund.state}"
    words = f"A refund for {charge.plan_name}: {refund.state}."
    lines = lines_back(charge, was, is_, money_at(refund.gateway))
    post_entry(key, words, lines)
    first = charge.invoices.order_by("pk").first()
    issue_invoice(
        charge,
        Invoice.Kind.CREDIT if is_ > was else Invoice.Kind.INVOICE,
        key=f"refund:{refund.pk}:{refund.state}",
        words=charge.plan_name,
        amount=refund.amount,
        tax=sum(line.amount for line in lines if TAX in (line.debit, line.credit)),
        rate=first.tax_rate if first else "",
    )
    events.emit("refund.settled", refund=refund.pk, state=refund.state, amount=refund.amount)


def advance_dispute(dispute: Dispute, state: str) -> None:
    """Bring a dispute to STATE, unless it is there or past it."""
    before = dispute.state
    if RANK[state] <= RANK[before]:
        return
    dispute.state = state
    dispute.save()
    if dispute.charge:
        book_dispute(dispute, dispute.charge, before)


def book_dispute(dispute: Dispute, charge: Charge, before: str) -> None:
    """Put into the books that a dispute came from a state ("" for none) to the one that it has."""
    key = f"dispute:{dispute.gateway}:{dispute.external_id}"
    money = money_at(dispute.gateway)
    held = Line(DISPUTED, money, dispute.amount, charge.currency)
    if not before:
        post_entry(f"{key}:opened", f"A dispute about {charge.plan_name}.", [held])
    if dispute.state == DisputeState.WON:
        back = Line(money, DISPUTED, dispute.amount, charge.currency)
        post_entry(f"{key}:won", f"The dispute about {charge.plan_name} was won.", [back])
    elif dispute.state == DisputeState.LOST:
        others = returned(charge, but=dispute)
        gone = lines_back(charge, others, others + dispute.amount, DISPUTED)
        post_entry(f"{key}:lost", f"The dispute about {charge.plan_name} was lost.", gone)
    events.warn("charge.disputed", dispute=dispute.external_id, state=dispute.state)
