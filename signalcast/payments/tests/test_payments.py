"""Paying for a plan: what is due, what is approved, what goes back, each of it once."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from signalcast.accounts.models import AuditEntry
from signalcast.core.attachments import LARGEST
from signalcast.core.home import home
from signalcast.payments.approve import approve, refuse
from signalcast.payments.begin_charge import begin_charge
from signalcast.payments.books import REVENUE, balance, balances, money_at
from signalcast.payments.models import Charge, Proof, Refund
from signalcast.payments.proofs import MOST, add_proof, read_proof
from signalcast.payments.refund import refund
from signalcast.payments.tests.market import at_once, due, person, plan
from signalcast.plans.cancel import cancel
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.plans.states import Refused

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

BANK = money_at("manual")
STAFF = "olga@example.org"


def picture() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (1200, 900)).save(made, "PNG")
    return made.getvalue()


def test_what_is_due_is_the_plans_price_and_the_same_charge_each_time() -> None:
    ann, gold = person("ann"), plan()

    charge = due(ann, gold)

    assert (charge.amount, charge.currency, charge.state) == (2900, "EUR", "open")
    assert charge.reference
    assert due(ann, gold) == charge


def test_a_coupon_lowers_the_first_payment_only() -> None:
    ann, gold = person("ann"), plan()
    Coupon.objects.create(code="HALF", percent=50)

    charge = begin_charge(ann, gold, "manual", code=" half ")
    assert charge
    assert charge.amount == 1450
    approve(charge.pk, by=STAFF)

    assert due(ann, gold).amount == 2900
    with pytest.raises(Refused, match="first payment"):
        begin_charge(ann, gold, "manual", code="HALF")


def test_another_way_to_pay_takes_the_place_of_the_first() -> None:
    ann, gold = person("ann"), plan()
    first = due(ann, gold, "stripe")

    second = due(ann, gold, "manual")

    first.refresh_from_db()
    assert (first.state, second.state) == (Charge.State.ABANDONED, Charge.State.OPEN)


def test_what_costs_nothing_begins_without_a_charge() -> None:
    ann = person("ann")

    assert begin_charge(ann, plan(price=0), "manual") is None
    assert Subscription.objects.get().state == "active"


@pytest.mark.wide
@pytest.mark.django_db(transaction=True)
def test_fifty_check_outs_at_once_are_one_charge() -> None:
    ann, gold = person("ann"), plan()

    done, refused = at_once(lambda: due(ann, gold))

    assert (done, refused) == (50, [])
    assert Charge.objects.count() == Subscription.objects.count() == 1


def test_an_approved_transfer_is_in_the_books_and_the_subscription_is_active() -> None:
    charge = due(person("ann"), plan())

    approve(charge.pk, by=STAFF)

    subscription = Subscription.objects.get()
    assert subscription.state == "active"
    assert subscription.period_end
    assert balances() == {(BANK, "EUR"): 2900, (REVENUE, "EUR"): -2900}
    assert AuditEntry.objects.get().action == "payments.approved"


def test_the_next_period_is_paid_the_same_way() -> None:
    ann, gold = person("ann"), plan()
    approve(due(ann, gold).pk, by=STAFF)
    first = Subscription.objects.get().period_end

    approve(due(ann, gold).pk, by=STAFF)

    later = Subscription.objects.get().period_end
    assert first
    assert later
    assert 28 <= (later - first).days <= 31
    assert balance(BANK, "EUR") == 5800


@pytest.mark.wide
@pytest.mark.django_db(transaction=True)
def test_fifty_approvals_at_once_are_one_payment() -> None:
    charge = due(person("ann"), plan())

    done, refused = at_once(lambda: approve(charge.pk, by=STAFF))

    assert done == 1
    assert all("decided on before" in one for one in refused)
    assert balance(BANK, "EUR") == 2900
    assert AuditEntry.objects.count() == 1


def test_a_refused_transfer_says_why_and_can_be_begun_anew() -> None:
    ann, gold = person("ann"), plan()
    charge = due(ann, gold)
    with pytest.raises(Refused, match="Give a reason"):
        refuse(charge.pk, by=STAFF, reason=" ")

    refuse(charge.pk, by=STAFF, reason="It was 5 EUR less.")

    charge.refresh_from_db()
    assert (charge.state, charge.reason) == ("refused", "It was 5 EUR less.")
    with pytest.raises(Refused, match="decided on before"):
        approve(charge.pk, by=STAFF)
    assert due(ann, gold) != charge
    assert not balances()


def test_a_full_refund_ends_the_subscription_at_once() -> None:
    charge = due(person("ann"), plan())
    approve(charge.pk, by=STAFF)

    refund(charge.pk, 2900, by=STAFF, reason="Changed her mind")

    subscription = Subscription.objects.get()
    assert subscription.state == "cancelled"
    assert subscription.ends_at
    assert not balances()
    assert Refund.objects.get().state == Refund.State.DONE


def test_a_part_that_goes_back_leaves_the_subscription_as_it_is() -> None:
    charge = due(person("ann"), plan())
    approve(charge.pk, by=STAFF)

    refund(charge.pk, 900, by=STAFF, reason="A week without signals")

    assert Subscription.objects.get().state == "active"
    assert balance(BANK, "EUR") == 2000
    with pytest.raises(Refused, match=r"up to 20\.00 EUR"):
        refund(charge.pk, 2001, by=STAFF, reason="More")
    for amount in (0, -5):
        with pytest.raises(Refused, match="Give an amount"):
            refund(charge.pk, amount, by=STAFF, reason="Less")


def test_what_was_not_paid_does_not_go_back() -> None:
    with pytest.raises(Refused, match="not paid"):
        refund(due(person("ann"), plan()).pk, 1, by=STAFF, reason="")


@pytest.mark.wide
@pytest.mark.django_db(transaction=True)
def test_fifty_refunds_at_once_are_one_refund() -> None:
    charge = due(person("ann"), plan())
    approve(charge.pk, by=STAFF)

    done, refused = at_once(lambda: refund(charge.pk, 2900, by=STAFF, reason="Once"))

    assert (done, len(refused)) == (1, 49)
    assert not balances()
    assert Refund.objects.count() == 1


def test_money_for_what_was_cancelled_is_in_the_books_and_says_so() -> None:
    charge = due(person("ann"), plan())
    cancel(Subscription.objects.get(), by="ann@example.org")

    approve(charge.pk, by=STAFF)

    charge.refresh_from_db()
    assert charge.state == Charge.State.PAID
    assert "Give the money back" in charge.reason
    assert charge.granted_at is None
    assert balance(BANK, "EUR") == 2900


def test_a_change_to_a_dearer_plan_costs_the_difference_and_then_is_done() -> None:
    ann, gold = person("ann"), plan()
    platinum = plan("platinum", price=9900)
    Plan.objects.update(family="signals")
    gold.refresh_from_db()
    platinum.refresh_from_db()
    approve(due(ann, gold).pk, by=STAFF)

    charge = due(ann, platinum)
    assert charge.amount <= 7000
    assert due(ann, platinum) == charge
    assert Subscription.objects.get().plan == gold
    approve(charge.pk, by=STAFF)

    subscription = Subscription.objects.get()
    assert (subscription.plan, subscription.state) == (platinum, "active")
    assert balance(BANK, "EUR") == 2900 + charge.amount


def test_a_change_to_a_cheaper_plan_comes_with_the_next_period_for_nothing() -> None:
    ann, gold = person("ann"), plan()
    bronze = plan("bronze", price=900)
    Plan.objects.update(family="signals")
    gold.refresh_from_db()
    bronze.refresh_from_db()
    approve(due(ann, gold).pk, by=STAFF)

    assert begin_charge(ann, bronze, "manual") is None
    assert Subscription.objects.get().next_plan == bronze
    assert due(ann, gold).amount == 900


def test_a_proof_is_made_anew_and_lies_in_the_home_for_nobody_else_to_read() -> None:
    charge = due(person("ann"), plan())

    proof = add_proof(charge, "../../etc/transfer\x00.png", picture())

    charge.refresh_from_db()
    assert charge.state == Charge.State.REVIEW
    assert (proof.kind, proof.widths) == ("webp", "1200 960 480")
    assert Image.open(io.BytesIO(read_proof(proof))).size == (1200, 900)
    assert Image.open(io.BytesIO(read_proof(proof, width=400))).size == (480, 360)
    files = list((home() / "proofs").glob(f"{proof.pk}*"))
    assert len(files) == 3
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b"<html><script>alert(1)</script>", "Only PDF, PNG, JPEG and WebP"),
        (b"GIF89a....", "Only PDF"),
        (b"MZ\x90\x00", "Only PDF"),
        (b"\x89PNG\r\n\x1a\nnothing", "broken"),
        (b"%PDF-1.7" + b"x" * LARGEST, "larger than 5 MB"),
    ],
)
def test_a_file_that_shows_nothing_is_refused(body: bytes, told: str) -> None:
    charge = due(person("ann"), plan())

    with pytest.raises(Refused, match=told):
        add_proof(charge, "transfer.pdf", body)
    assert not Proof.objects.exists()


def test_there_are_so_many_files_and_no_more() -> None:
    charge = due(person("ann"), plan())
    for _number in range(MOST):
        add_proof(charge, "transfer.pdf", b"%PDF-1.7 ...")
    before = set((home() / "proofs").iterdir())

    with pytest.raises(Refused, match="3 files already"):
        add_proof(charge, "transfer.pdf", b"%PDF-1.7 ...")
    assert set((home() / "proofs").iterdir()) == before


def test_nothing_is_shown_for_what_was_decided_on() -> None:
    charge = due(person("ann"), plan())
    approve(charge.pk, by=STAFF)

    with pytest.raises(Refused, match="Nothing is to be shown"):
        add_proof(charge, "transfer.pdf", b"%PDF-1.7 ...")
