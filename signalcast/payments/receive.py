"""Money arrived: a charge is paid."""

from __future__ import annotations

from datetime import datetime

from signalcast.core import events
from signalcast.payments.books import REVENUE, TAX, money_at
from signalcast.payments.issue_invoice import issue_invoice
from signalcast.payments.models import Charge, Invoice
from signalcast.payments.post_entry import Line, post_entry
from signalcast.payments.tax import tax_in, told_rate


def receive(charge: Charge, *, at: datetime) -> None:
    """Note that a charge that was not paid is, and put it into the books.

    Within the transaction of whoever calls, who keeps others from the charge.
    """
    charge.state, charge.open_key, charge.paid_at = Charge.State.PAID, None, at
    rate = ""
    if not charge.tax:
        charge.tax, rate = tax_in(charge.amount), told_rate()
    charge.save()
    money, currency = money_at(charge.gateway), charge.currency
    lines = [
        Line(money, REVENUE, charge.amount - charge.tax, currency),
        Line(money, TAX, charge.tax, currency),
    ]
    if charge.amount:
        name = charge.external_id or charge.pk
        post_entry(f"paid:{charge.gateway}:{name}", f"{charge.plan_name} was paid.", lines)
        issue_invoice(
            charge,
            Invoice.Kind.INVOICE,
            key=f"paid:{charge.pk}",
            words=charge.plan_name,
            amount=charge.amount,
            tax=charge.tax,
            rate=rate,
        )
    events.emit("charge.paid", charge=charge.pk, amount=charge.amount, currency=currency)
