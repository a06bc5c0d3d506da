"""What was told of a payment before the payment itself finds its charge."""

from __future__ import annotations

from signalcast.payments.find_charge import names_of
from signalcast.payments.models import Charge, Dispute, Refund
from signalcast.payments.progress import book_dispute, book_refund


def attach(charge: Charge) -> None:
    """Give a charge the refunds and disputes that waited for it, and put them into the books."""
    waiting = {"gateway": charge.gateway, "payment__in": names_of(charge), "charge": None}
    for refund in Refund.objects.filter(**waiting):
        refund.charge = charge
        refund.save()
        book_refund(refund, charge, before="")
    for dispute in Dispute.objects.filter(**waiting):
        dispute.charge = charge
        dispute.save()
        book_dispute(dispute, charge, before="")
