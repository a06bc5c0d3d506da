"""Write down what was paid or went back, under the next number of the year."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from signalcast.core import clock, events
from signalcast.core.env import environment
from signalcast.payments.models import Charge, Invoice, InvoiceSeries
from signalcast.shop.current import Shop, current


def issue_invoice(
    charge: Charge, kind: str, *, key: str, words: str, amount: int, tax: int, rate: str
) -> Invoice:
    """Issue the invoice or credit note of KEY, which nothing else is about.

    Within the transaction that puts the money into the books: where that does not come about,
    neither does the number, so that numbers have no gaps.
    """
    shop, user, now = current(), charge.user, clock.now()
    made = Invoice.objects.create(
        number=_next(f"{now:%Y}"),
        kind=kind,
        key=key,
        charge=charge,
        seller=_seller(shop),
        buyer="\n".join(filter(None, (user.name, user.email))) if user else "",
        language=(user.language if user else "") or settings.LANGUAGE_CODE,
        words=words,
        amount=amount,
        tax=tax,
        currency=charge.currency,
        tax_name=shop.tax_name,
        tax_rate=rate,
        issued_at=now,
    )
    events.emit("invoice.issued", number=made.number, kind=kind, charge=charge.pk)
    return made


def _seller(shop: Shop) -> str:
    """Who sells, under the name that people know, where that is another."""
    said = shop.seller or environment().public_url
    if shop.own_name and shop.own_name not in said.partition("\n")[0]:
        return f"{shop.own_name}\n{said}"
    return said


def _next(series: str) -> str:
    """The number after the last one. Others wait for it until the transaction is over."""
    InvoiceSeries.objects.get_or_create(name=series)
    rows = InvoiceSeries.objects.filter(name=series)
    rows.update(last=F("last") + 1)
    return f"{series}-{rows.get().last:06}"
