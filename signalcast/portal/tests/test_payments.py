"""Paying on pages: two clicks, by the server's prices, and nobody sees what isn't theirs."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from signalcast.accounts.models import AuditEntry
from signalcast.core.env import environment
from signalcast.core.upload_limit import LARGEST
from signalcast.payments.approve import approve
from signalcast.payments.models import Charge, Invoice, Proof
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.portal.tests.cast import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_BANK_DETAILS", r"Signals Ltd\nIBAN DE02 1203 0000 0000 2020 51")
    environment.cache_clear()
    yield
    environment.cache_clear()


def picture(name: str = "transfer.png") -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", (900, 600)).save(made, "PNG")
    return SimpleUploadedFile(name, made.getvalue(), content_type="image/png")


def test_a_plan_is_paid_in_two_clicks() -> None:
    plan()
    ann = signed_in(person("ann"))

    page = ann.get("/app/payments/").content.decode()
    assert '<a href="/app/checkout/gold/">Gold</a>' in page
    assert "29.00 EUR" in ann.get("/app/checkout/gold/").content.decode()
    answer = ann.post("/app/checkout/gold/", {"act": "pay"}, follow=True)

    charge = Charge.objects.get()
    assert answer.redirect_chain == [(f"/app/payments/{charge.pk}/", 302)]
    page = answer.content.decode()
    assert str(charge.reference) in page
    assert "Signals Ltd\nIBAN DE02" in page


def test_what_a_browser_says_of_prices_counts_for_nothing() -> None:
    plan()
    ann = signed_in(person("ann"))

    said = {"act": "pay", "amount": "1", "price": "1", "currency": "JPY", "plan": "other"}
    ann.post("/app/checkout/gold/", said)

    charge = Charge.objects.get()
    assert (charge.amount, charge.currency, charge.plan_name) == (2900, "EUR", "Gold")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"gateway": "nothing"}, "Select a valid choice"),
        ({"gateway": "stripe"}, "Select a valid choice"),
        ({"code": "NEVER"}, "There is no such coupon"),
        ({"code": "x" * 33}, "at most 32 characters"),
        ({"code": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(said: dict[str, str], told: str) -> None:
    plan()
    ann = signed_in(person("ann"))

    answer = ann.post("/app/checkout/gold/", {"act": "pay", **said})

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Charge.objects.exists()


def test_a_plan_leads_to_where_it_is_paid() -> None:
    plan()
    ann = signed_in(person("ann"))

    assert 'href="/app/checkout/gold/"' in ann.get("/plans/").content.decode()
    answer = ann.post("/app/choose/gold/")
    assert answer.headers["Location"] == "/app/checkout/gold/"
    assert 'value="HALF"' in ann.get("/app/checkout/gold/?code=HALF").content.decode()


def test_a_coupon_is_looked_at_before_it_is_used() -> None:
    plan()
    Coupon.objects.create(code="HALF", percent=50)
    ann = signed_in(person("ann"))

    looked = ann.post("/app/checkout/gold/", {"act": "look", "code": "half"}).content.decode()
    assert "14.50 EUR" in looked
    assert not Subscription.objects.exists()
    ann.post("/app/checkout/gold/", {"act": "pay", "code": "half"})
    again = ann.post("/app/checkout/gold/", {"act": "pay", "code": "half"})

    assert again.status_code == 302
    assert Charge.objects.get().amount == 1450


def test_a_trial_begins_without_a_payment() -> None:
    gold = plan()
    gold.trial_days = 7
    gold.save()
    ann = signed_in(person("ann"))

    assert "Begin the trial" in ann.get("/app/checkout/gold/").content.decode()
    ann.post("/app/checkout/gold/", {"act": "pay"})

    assert Subscription.objects.get().state == "trialing"
    assert not Charge.objects.exists()
    assert "The next period costs" in ann.get("/app/checkout/gold/").content.decode()


def test_who_has_it_all_is_told_so_and_asked_for_nothing() -> None:
    ann = person("ann")
    free = plan(price=0)
    signed_in(ann).post(f"/app/checkout/{free.slug}/", {"act": "pay"})

    page = signed_in(ann).get(f"/app/checkout/{free.slug}/").content.decode()

    assert "nothing is to be paid" in page
    assert 'value="pay"' not in page


def test_who_has_an_alternative_pays_the_difference() -> None:
    gold, silver = plan(), plan("silver", price=9900)
    Plan.objects.update(family="signals")
    gold.refresh_from_db()
    ann = person("ann")
    approve(due(ann, gold).pk, by="olga@example.org")
    browser = signed_in(ann)

    page = browser.get(f"/app/checkout/{silver.slug}/").content.decode()
    assert "The change costs" in page
    browser.post(f"/app/checkout/{silver.slug}/", {"act": "pay"})

    charge = Charge.objects.get(plan__slug="silver")
    assert 0 < charge.amount <= 7000


def test_a_cheaper_plan_comes_with_the_next_period_and_says_so() -> None:
    gold, bronze = plan(), plan("bronze", price=900)
    Plan.objects.update(family="signals")
    gold.refresh_from_db()
    ann = person("ann")
    approve(due(ann, gold).pk, by="olga@example.org")
    browser = signed_in(ann)

    page = browser.get(f"/app/checkout/{bronze.slug}/").content.decode()
    assert "It comes with the next period" in page
    answer = browser.post(f"/app/checkout/{bronze.slug}/", {"act": "pay"}, follow=True)

    assert "With the next period it becomes Bronze." in answer.content.decode()
    assert Subscription.objects.get().plan == gold


def test_where_nobody_can_pay_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNALCAST_BANK_DETAILS")
    environment.cache_clear()
    plan()
    ann = signed_in(person("ann"))

    answer = ann.post("/app/checkout/gold/", {"act": "pay"})

    assert answer.status_code == 422
    assert "Nobody can pay here yet" in answer.content.decode()


def test_a_proof_is_shown_approved_and_noted() -> None:
    ann, olga = signed_in(person("ann")), signed_in(person("olga", "owner"))
    charge = due(person("bob"), plan("silver"))
    plan()
    ann.post("/app/checkout/gold/", {"act": "pay"})
    mine = Charge.objects.get(plan__slug="gold")

    shown = ann.post(f"/app/payments/{mine.pk}/", {"file": picture()}, follow=True)
    assert "We will look at it soon" in shown.content.decode()
    page = olga.get("/app/approvals/").content.decode()
    assert "ann@example.org" in page
    assert "bob@example.org" not in page
    assert "bob@example.org" in olga.get("/app/approvals/?list=open").content.decode()
    olga.post(f"/app/approvals/{mine.pk}/", {"act": "approve"})
    again = olga.post(f"/app/approvals/{mine.pk}/", {"act": "approve"}, follow=True)

    assert "decided on before" in again.content.decode()
    assert Subscription.objects.get(plan__slug="gold").state == "active"
    assert AuditEntry.objects.get().by == "olga@example.org"
    charge.refresh_from_db()
    assert charge.state == Charge.State.OPEN


def test_a_refused_transfer_tells_its_payer_why() -> None:
    ann, olga = person("ann"), signed_in(person("olga", "operator"))
    charge = due(ann, plan())

    unsaid = olga.post(f"/app/approvals/{charge.pk}/", {"act": "refuse"}, follow=True)
    assert "Give a reason" in unsaid.content.decode()
    olga.post(f"/app/approvals/{charge.pk}/", {"act": "refuse", "reason": "<b>Too little</b>"})

    page = signed_in(ann).get(f"/app/payments/{charge.pk}/").content.decode()
    assert "&lt;b&gt;Too little&lt;/b&gt;" in page


def test_staff_pays_back_on_the_page_of_the_payment() -> None:
    olga = signed_in(person("olga", "owner"))
    charge = due(person("ann"), plan())
    approve(charge.pk, by="olga@example.org")
    address = f"/app/payments/{charge.pk}/"

    for amount in ("0", "29.01", "1.001", "-1", "x", "1e9", "NaN", ""):
        said = {"amount": amount, "reason": "A week without signals"}
        answer = olga.post(f"{address}refund/", said, follow=True)
        assert 'class="error"' in answer.content.decode()
    olga.post(f"{address}refund/", {"amount": "9.00", "reason": "A week without signals"})

    page = olga.get(address).content.decode()
    assert "9.00 EUR" in page
    assert charge.refunds.get().amount == 900


def test_a_file_is_handed_out_as_what_it_is_and_never_opened_in_place() -> None:
    ann = person("ann")
    charge = due(ann, plan())
    browser = signed_in(ann)
    browser.post(f"/app/payments/{charge.pk}/", {"file": picture('x"\n.html')})
    proof = Proof.objects.get()

    answer = browser.get(f"/app/payments/{charge.pk}/proofs/{proof.pk}/?width=1")

    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Content-Disposition"].endswith('.webp"')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert Image.open(io.BytesIO(answer.content)).size == (480, 320)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("transfer.pdf", b"<html>"),
        ("transfer.png", b"MZ"),
        ("transfer.png", b""),
        ("transfer.svg", b"<svg onload='alert(1)'/>"),
    ],
)
def test_a_file_is_what_its_content_says(name: str, body: bytes) -> None:
    ann = person("ann")
    charge = due(ann, plan())

    file = SimpleUploadedFile(name, body, content_type="application/pdf")
    answer = signed_in(ann).post(f"/app/payments/{charge.pk}/", {"file": file})

    assert answer.status_code == 422
    assert not Proof.objects.exists()


def test_a_request_with_endless_files_is_refused_before_it_is_read() -> None:
    ann = person("ann")
    charge = due(ann, plan())

    answer = signed_in(ann).generic(
        "POST",
        f"/app/payments/{charge.pk}/",
        b"--x--",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(LARGEST + 1),
    )

    assert 400 <= answer.status_code < 500


def test_nobody_sees_or_decides_on_what_is_not_theirs() -> None:
    ann, bob = person("ann"), person("bob", "subscriber")
    charge = due(ann, plan())
    signed_in(ann).post(f"/app/payments/{charge.pk}/", {"file": picture()})
    proof = Proof.objects.get()
    page, file = f"/app/payments/{charge.pk}/", f"/app/payments/{charge.pk}/proofs/{proof.pk}/"

    for browser in (signed_in(bob), signed_in(person("ada", "analyst"))):
        assert browser.get(page).status_code == 404
        assert browser.get(file).status_code == 404
        assert browser.post(page, {"file": picture()}).status_code == 404
        assert browser.get("/app/approvals/").status_code == 403
        assert browser.post(f"/app/approvals/{charge.pk}/", {"act": "approve"}).status_code == 403
        assert browser.post(f"{page}refund/", {"amount": "1"}).status_code == 403
    sam = signed_in(person("sam", "support"))
    assert sam.get(page).status_code == sam.get(file).status_code == 200
    assert "Approve" not in sam.get("/app/approvals/").content.decode()
    assert sam.post(f"/app/approvals/{charge.pk}/", {"act": "approve"}).status_code == 403
    assert sam.post(page, {"file": picture()}).status_code == 404
    stranger = signed_in(ann)
    stranger.logout()
    for address in (page, file, "/app/payments/", "/app/approvals/", "/app/checkout/gold/"):
        assert stranger.get(address).status_code == 302
    charge.refresh_from_db()
    assert charge.state == Charge.State.REVIEW
    assert charge.proofs.count() == 1


def test_who_paid_saves_the_invoice_and_nobody_else_does() -> None:
    ann = person("ann")
    charge = due(ann, plan())
    approve(charge.pk, by="olga@example.org")
    browser = signed_in(ann)

    page = browser.get(f"/app/payments/{charge.pk}/").content.decode()
    number = Invoice.objects.get().number
    address = f"/app/payments/{charge.pk}/invoices/{number}/"
    assert f'href="{address}"' in page
    answer = browser.get(address)

    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get(f"{address[:-2]}9/").status_code == 404
    for role in ("subscriber", "analyst"):
        assert signed_in(person(role, role)).get(address).status_code == 404


def test_the_ledger_shows_what_was_paid_and_what_went_back() -> None:
    olga = signed_in(person("olga", "owner"))
    assert "Nothing was paid yet" in olga.get("/app/ledger/").content.decode()
    charge = due(person("ann"), plan())
    approve(charge.pk, by="olga@example.org")
    said = {"amount": "9.00", "reason": "A week without signals"}
    olga.post(f"/app/payments/{charge.pk}/refund/", said)

    page = olga.get("/app/ledger/").content.decode()

    assert "Gold was paid." in page
    assert "revenue → gateway:manual" in page
    assert '<td data-label="Holds" class="number">20.00 EUR</td>' in page
    for role in ("subscriber", "analyst"):
        assert signed_in(person(role, role)).get("/app/ledger/").status_code == 403
    assert olga.post("/app/ledger/").status_code == 405


def test_a_file_of_one_payment_is_not_found_at_another() -> None:
    ann = person("ann")
    charge = due(ann, plan())
    browser = signed_in(ann)
    browser.post(f"/app/payments/{charge.pk}/", {"file": picture()})
    other = due(ann, plan("silver"))

    address = f"/app/payments/{other.pk}/proofs/{Proof.objects.get().pk}/"
    assert browser.get(address).status_code == 404
