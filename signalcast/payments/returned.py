"""What went back of a charge, and what that means for the tax in it."""

from __future__ import annotations

from django.db.models import Sum

from signalcast.payments.books import REVENUE, TAX
from signalcast.payments.gateways.base import DisputeState, RefundState
from signalcast.payments.models import Charge, Dispute, Refund
from signalcast.payments.post_entry import Line


def returned(charge: Charge, *, but: Refund | Dispute | None = None) -> int:
    """Minor units that went back, by refunds that are done and disputes that are lost.

    BUT is left out.
    """
    refunds = charge.refunds.filter(state=RefundState.DONE)
    lost = charge.disputes.filter(state=DisputeState.LOST)
    if isinstance(but, Refund):
        refunds = refunds.exclude(pk=but.pk)
    elif isinstance(but, Dispute):
        lost = lost.exclude(pk=but.pk)
    sums = (rows.aggregate(sum=Sum("amount"))["sum"] for rows in (refunds, lost))
    return sum(found or 0 for found in sums)


def lines_back(charge: Charge, before: int, after: int, account: str) -> list[Line]:
    """Postings for what went back to grow (or shrink) from BEFORE to AFTER, out of ACCOUNT.

    The tax of what went back is rounded of the whole, so that it doesn't depend on in which parts
    and in which order that came about.
    """
    tax = _tax(charge, after) - _tax(charge, before)
    moved = {REVENUE: after - before - tax, TAX: tax}
    return [
        Line(to, account, amount, charge.currency)
        if amount > 0
        else Line(account, to, -amount, charge.currency)
        for to, amount in moved.items()
    ]


def _tax(charge: Charge, back: int) -> int:
    if not charge.amount:
        return 0
    part = min(back, charge.amount)
    return (2 * charge.tax * part + charge.amount) // (2 * charge.amount)
