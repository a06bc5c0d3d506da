"""Invoices: a number for each without gaps, the tax in them, a file in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from signalcast.core.env import environment
from signalcast.core.write_once import WrittenOnce
from signalcast.payments.approve import approve
from signalcast.payments.books import TAX, balance
from signalcast.payments.draw_invoice import draw_invoice
from signalcast.payments.models import Charge, Invoice
from signalcast.payments.refund import refund
from signalcast.payments.tax import tax_in
from signalcast.payments.tests.market import at_once, due, person, plan

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

STAFF = "olga@example.org"


@pytest.fixture
def _taxed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_TAX_RATE", "19")
    monkeypatch.setenv("SIGNALCAST_SELLER", r"Signals Ltd\n1 High Street\nVAT DE123456789")
    environment.cache_clear()
    yield
    environment.cache_clear()


def paid(name: str = "ann") -> Charge:
    gold = plan(f"gold-{name}")
    return approve(due(person(name), gold).pk, by=STAFF)


@pytest.mark.usefixtures("_taxed")
def test_an_invoice_says_what_was_paid_and_the_tax_in_it() -> None:
    charge = paid()

    invoice = Invoice.objects.get()
    assert (invoice.kind, invoice.amount, invoice.tax) == ("invoice", 2900, 463)
    assert (invoice.tax_rate, invoice.tax_name, invoice.currency) == ("19", "VAT", "EUR")
    assert invoice.seller.splitlines()[0] == "Signals Ltd"
    assert invoice.buyer == "ann@example.org"
    assert invoice.charge == charge
    assert balance(TAX, "EUR") == -463


@pytest.mark.usefixtures("_taxed")
def test_what_goes_back_in_parts_takes_all_of_its_tax_along() -> None:
    charge = paid()
    for amount in (1000, 999, 901):
        refund(charge.pk, amount, by=STAFF, reason="")

    credits = Invoice.objects.filter(kind="credit")
    assert sum(one.amount for one in credits) == 2900
    assert sum(one.tax for one in credits) == 463
    assert balance(TAX, "EUR") == 0


def test_numbers_have_no_gaps_even_where_something_does_not_come_about() -> None:
    for name in ("ann", "bob", "cleo"):
        with transaction.atomic():
            paid(name)
            transaction.set_rollback(True)
        paid(f"{name}2")

    numbers = Invoice.objects.order_by("pk").values_list("number", flat=True)
    assert [number[-6:] for number in numbers] == ["000001", "000002", "000003"]


@pytest.mark.wide
@pytest.mark.django_db(transaction=True)
def test_fifty_payments_at_once_have_fifty_numbers_in_a_row() -> None:
    gold = plan()
    waiting = [due(person(f"p{number}"), gold).pk for number in range(50)]

    done, refused = at_once(lambda: approve(waiting.pop(), by=STAFF))

    assert (done, refused) == (50, [])
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert [int(number[-6:]) for number in numbers] == list(range(1, 51))


def test_an_invoice_is_written_once() -> None:
    paid()
    invoice = Invoice.objects.get()
    invoice.amount = 1

    for attempt in (invoice.save, invoice.delete, Invoice.objects.all().delete):
        with pytest.raises(WrittenOnce), transaction.atomic():
            attempt()


def test_an_invoice_outlives_its_account() -> None:
    charge = paid()
    assert charge.user
    charge.user.delete()

    assert Invoice.objects.get().buyer == "ann@example.org"
    assert draw_invoice(Invoice.objects.get()).startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["Ann", "Анна Петровна", "Ñandú Łódź", "李雷 🙂", "x" * 500, ""])
def test_the_file_is_drawn_whatever_people_are_called(name: str) -> None:
    ann, gold = person("ann"), plan()
    ann.name, ann.language = name[:120], "ru"
    ann.save()
    gold.name = name[:120] or "Gold"
    gold.save()
    approve(due(ann, gold).pk, by=STAFF)
    invoice = Invoice.objects.get()

    drawn = draw_invoice(invoice)

    assert drawn.startswith(b"%PDF-")
    assert len(drawn) < 60_000
    assert drawn == draw_invoice(invoice)


@pytest.mark.parametrize(
    ("rate", "amount", "tax"), [("0", 2900, 0), ("19", 119, 19), ("7.5", 1075, 75), ("20", 1, 0)]
)
def test_tax_is_part_of_the_price(
    monkeypatch: pytest.MonkeyPatch, rate: str, amount: int, tax: int
) -> None:
    monkeypatch.setenv("SIGNALCAST_TAX_RATE", rate)
    environment.cache_clear()
    assert tax_in(amount) == tax
    environment.cache_clear()
