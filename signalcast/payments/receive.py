"""Money arrived: a charge is paid."""

from __future__ import annotations

from datetime import datetime

from signalcast.core import events
from signalcast.payments.books import REVENUE, TAX, money_at
from signalcast.payments.models import Charge
from signalcast.payments.post_entry import Line, post_entry


def receive(charge: Charge, *, at: datetime) -> None:
    """Note that a charge that was not paid is, and put it into the books.

    Within the transaction of whoever calls, who keeps others from the charge.
    """
    charge.state, charge.open_key, charge.paid_at = Charge.State.PAID, None, at
    charge.save()
    money, currency = money_at(charge.gateway), charge.currency
    lines = [
        Line(money, REVENUE, charge.amount - charge.tax, currency),
        Line(money, TAX, charge.tax, currency),
    ]
    if charge.amount:
        name = charge.external_id or charge.pk
        post_entry(f"paid:{charge.gateway}:{name}", f"{charge.plan_name} was paid.", lines)
    events.emit("charge.paid", charge=charge.pk, amount=charge.amount, currency=currency)
