"""The written rule by which a charge gives a right to its plan, see docs/payments.md."""

from __future__ import annotations

from django.db.models import Sum

from signalcast.payments.gateways.base import DisputeState, RefundState
from signalcast.payments.models import Charge


def gives_right(charge: Charge) -> bool:
    """Whether it is paid, and neither paid back in full nor disputed (now, or lost)."""
    if charge.state != Charge.State.PAID:
        return False
    if charge.disputes.exclude(state=DisputeState.WON).exists():
        return False
    back = charge.refunds.exclude(state=RefundState.FAILED).aggregate(sum=Sum("amount"))["sum"]
    return not back or back < charge.amount
