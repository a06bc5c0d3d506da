"""Stripe from check-out to refund, against a stand-in that keeps what it was told."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest
import stripe
from django.test import Client

from signalcast.core.env import process_environment
from signalcast.ops.health.checks import payments as check
from signalcast.ops.health.finding import State
from signalcast.payments.books import balance, money_at
from signalcast.payments.check_out import Begun, Pages, check_out
from signalcast.payments.gateways.base import GatewayError, Unreachable
from signalcast.payments.gateways.registry import gateway
from signalcast.payments.gateways.stripe.amounts import ours, theirs
from signalcast.payments.gateways.stripe.tests.server import Server
from signalcast.payments.models import Charge, Customer, ProviderEvent, Refund
from signalcast.payments.reconcile import reconcile
from signalcast.payments.refund import refund, send_refund
from signalcast.payments.settle_agreements import settle_agreements
from signalcast.payments.tests.market import person, plan
from signalcast.plans.cancel import cancel
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.plans.reactivate import reactivate
from signalcast.work.run_jobs import run_jobs

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = Pages("https://signals.example/{charge}/?done", "https://signals.example/gold/")


def tell(server: Server, *, but: str = "nothing") -> None:
    """Have the provider tell all that happened, and have it applied."""
    for event in server.provider.events:
        if event["type"] != but:
            body = json.dumps(event)
            header = stripe.WebhookSignature.generate_signature_header(body, "whsec_of_a_test")
            answer = Client().post(
                "/hooks/payments/stripe",
                body,
                content_type="application/json",
                headers={"Stripe-Signature": header},
            )
            assert answer.status_code == 200
    run_jobs()


def begin(wanted: Plan, code: str = "") -> Begun:
    user = Subscription.objects.first()
    ann = user.user if user else person("ann")
    return check_out(ann, wanted, "stripe", pages=PAGES, code=code)


def session(server: Server) -> str:
    return str(server.provider.all("checkout.session")[-1]["id"])


def test_a_monthly_plan_is_paid_renewed_and_ended(stripe_server: Server) -> None:
    begun = begin(plan())
    made = stripe_server.provider.all("checkout.session")[0]
    assert begun.address == made["url"]
    assert begun.charge
    assert made["metadata"]["charge"] == str(begun.charge.pk)

    stripe_server.provider.pay(made["id"])
    tell(stripe_server)
    subscription = Subscription.objects.get()
    assert subscription.state == "active"
    first = subscription.period_end

    billed = stripe_server.provider.all("subscription")[0]["id"]
    stripe_server.provider.fail_to_renew(billed)
    tell(stripe_server)
    assert Subscription.objects.get().state == "past_due"
    stripe_server.provider.renew(billed)
    tell(stripe_server)
    subscription = Subscription.objects.get()
    assert subscription.state == "active"
    assert first
    assert subscription.period_end
    assert subscription.period_end - first == timedelta(days=30)
    assert balance(money_at("stripe"), "EUR") == 5800

    gateway("stripe").end_agreement(billed, at_once=False)
    tell(stripe_server)
    assert Subscription.objects.get().cancel_at_period_end
    assert Charge.objects.filter(state="paid", subscription=subscription).count() == 2


def test_who_cancels_here_is_charged_no_more_and_who_goes_on_is(stripe_server: Server) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)
    assert settle_agreements() == 0
    cancel(Subscription.objects.get(), by="ann@example.org")
    stripe_server.trouble = [503] * 3
    assert settle_agreements() == 0

    assert settle_agreements() == 1
    [billed] = stripe_server.provider.all("subscription")
    assert billed["cancel_at_period_end"]
    tell(stripe_server)
    assert Subscription.objects.get().cancel_at_period_end
    assert settle_agreements() == 0

    reactivate(Subscription.objects.get(), by="ann@example.org")
    assert settle_agreements() == 1
    tell(stripe_server)
    assert not stripe_server.provider.all("subscription")[0]["cancel_at_period_end"]
    assert not Subscription.objects.get().cancel_at_period_end


def test_what_a_person_decides_here_is_not_undone_by_what_was_told_before(
    stripe_server: Server,
) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)
    cancel(Subscription.objects.get(), by="ann@example.org")

    stripe_server.provider.renew(stripe_server.provider.all("subscription")[0]["id"])
    tell(stripe_server)

    assert Subscription.objects.get().cancel_at_period_end


def test_what_is_paid_back_in_full_is_charged_no_more(stripe_server: Server) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)
    refund(Charge.objects.get().pk, 2900, by="olga@example.org", reason="Sorry")

    assert settle_agreements() == 1
    assert stripe_server.provider.all("subscription")[0]["status"] == "canceled"
    tell(stripe_server)
    assert settle_agreements() == 0


def test_a_dearer_plan_is_paid_by_the_difference_and_the_old_agreement_ends(
    stripe_server: Server,
) -> None:
    gold, platinum = plan(), plan("platinum", price=9900)
    Plan.objects.update(family="signals")
    begin(gold)
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)
    platinum.refresh_from_db()

    begun = begin(platinum)
    assert begun.charge
    assert 0 < begun.charge.amount <= 7000
    assert stripe_server.provider.all("checkout.session")[-1]["mode"] == "payment"
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    assert Subscription.objects.get().plan == platinum
    assert settle_agreements() == 1
    tell(stripe_server)
    found = Subscription.objects.get()
    assert (found.plan, found.cancel_at_period_end) == (platinum, False)


def test_a_plan_for_a_lifetime_is_paid_once(stripe_server: Server) -> None:
    begin(plan(interval="lifetime"))
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    assert Subscription.objects.get().state == "active"
    assert Subscription.objects.get().ends_at is None
    assert not stripe_server.provider.all("subscription")


def test_a_coupon_is_off_the_first_period_only(stripe_server: Server) -> None:
    Coupon.objects.create(code="HALF", percent=50)
    begin(plan(), code="HALF")
    stripe_server.provider.pay(session(stripe_server))
    stripe_server.provider.renew(stripe_server.provider.all("subscription")[0]["id"])
    tell(stripe_server)

    amounts = Charge.objects.order_by("paid_at").values_list("amount", flat=True)
    assert list(amounts) == [1450, 2900]


def test_asked_for_again_it_is_the_same_payment_and_the_same_customer(
    stripe_server: Server,
) -> None:
    gold = plan()
    first, second = begin(gold), begin(gold)

    assert first == second
    assert len(stripe_server.provider.all("checkout.session")) == 1
    assert len(stripe_server.provider.all("customer")) == 1
    assert Customer.objects.get().external_id == stripe_server.provider.all("customer")[0]["id"]


def test_who_does_not_pay_can_begin_anew(stripe_server: Server) -> None:
    gold = plan()
    begin(gold)
    stripe_server.provider.expire(session(stripe_server))
    tell(stripe_server)
    assert Charge.objects.get().state == Charge.State.ABANDONED

    begin(gold)
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    assert len(stripe_server.provider.all("checkout.session")) == 2
    assert Subscription.objects.get().state == "active"


def test_what_is_paid_back_goes_back_at_the_provider_once(stripe_server: Server) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    made = refund(Charge.objects.get().pk, 2900, by="olga@example.org", reason="Sorry")
    assert Subscription.objects.get().state == "cancelled"
    stripe_server.trouble = [500, 500, 500]
    with pytest.raises(Unreachable):
        send_refund(str(made.pk))
    run_jobs()
    send_refund(str(made.pk))
    tell(stripe_server)

    [theirs_] = stripe_server.provider.all("refund")
    assert theirs_["amount"] == 2900
    assert Refund.objects.get().state == Refund.State.DONE
    assert balance(money_at("stripe"), "EUR") == 0


def test_a_refund_that_the_provider_refuses_has_failed_and_gives_the_right_back(
    stripe_server: Server,
) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    refund(Charge.objects.get().pk, 2900, by="olga@example.org", reason="Sorry")
    stripe_server.trouble = [400]
    run_jobs()

    failed = Refund.objects.get()
    assert failed.state == Refund.State.FAILED
    assert "Stripe refused: Oh no." in failed.reason
    assert Subscription.objects.get().state == "active"
    assert balance(money_at("stripe"), "EUR") == 2900


def test_a_dispute_takes_the_right_away_until_it_is_won(stripe_server: Server) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    intent = stripe_server.provider.all("payment_intent")[0]["id"]
    dispute = stripe_server.provider.dispute(intent)
    tell(stripe_server)
    assert Subscription.objects.get().state == "cancelled"
    assert balance("disputed", "EUR") == 2900

    stripe_server.provider.close_dispute(dispute["id"], "won")
    tell(stripe_server)
    assert Subscription.objects.get().state == "active"
    assert balance("disputed", "EUR") == 0


def test_events_that_never_arrived_are_found_in_the_list_and_told(stripe_server: Server) -> None:
    stripe_server.provider.now -= 7_200
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server, but="invoice.paid")
    assert Subscription.objects.get().state == "pending"
    assert check.look().state == State.OK

    assert reconcile() == 1
    run_jobs()

    assert Subscription.objects.get().state == "active"
    finding = check.look()
    assert finding.state == State.FAILED
    assert "1 invoice.paid (stripe)" in finding.words
    assert reconcile() == 0


def test_what_may_still_be_on_its_way_is_not_missed(stripe_server: Server) -> None:
    begin(plan())
    stripe_server.provider.pay(session(stripe_server))

    assert reconcile() == 0
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ([500] * 3, "has trouble"),
        ([429] * 3, "does not answer"),
        ([400], "Stripe refused"),
        ([401], "refuses the key"),
    ],
)
def test_a_provider_in_trouble_is_told_in_a_sentence(
    stripe_server: Server, trouble: list[int], told: str
) -> None:
    stripe_server.trouble = list(trouble)

    with pytest.raises(GatewayError, match=told):
        begin(plan())


def test_a_provider_that_is_down_leaves_a_charge_that_can_be_paid_later(
    stripe_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripe_server.trouble = [503] * 3
    gold = plan()
    with pytest.raises(Unreachable):
        begin(gold)

    begin(gold)
    stripe_server.provider.pay(session(stripe_server))
    tell(stripe_server)

    assert Subscription.objects.get().state == "active"


def test_the_portal_leads_back_here(stripe_server: Server) -> None:
    begin(plan())
    customer = Customer.objects.get().external_id

    address = gateway("stripe").open_portal(customer, "https://signals.example/app/payments/")

    [made] = stripe_server.provider.all("billing_portal.session")
    assert address == made["url"]
    assert made["return_url"] == "https://signals.example/app/payments/"


@pytest.mark.parametrize(
    ("currency", "mine", "stripes"),
    [("EUR", 2900, 2900), ("JPY", 500, 500), ("ISK", 500, 50_000), ("MGA", 50_000, 500),
     ("KWD", 1_230, 1_230)],
)  # fmt: skip
def test_minor_units_are_counted_as_stripe_does(currency: str, mine: int, stripes: int) -> None:
    assert theirs(mine, currency) == stripes
    assert ours(stripes, currency) == mine


@pytest.mark.wide
def test_a_process_that_asks_nothing_of_stripe_does_not_load_its_library() -> None:
    code = (
        "import django; django.setup()\n"
        "from signalcast.payments.gateways.registry import gateway, names, ready\n"
        "[gateway(name) for name in names()]; ready()\n"
        "import signalcast.urls, sys\n"
        "print('stripe' in sys.modules, 'PIL' in sys.modules)"
    )
    variables = {**process_environment(), "DJANGO_SETTINGS_MODULE": "signalcast.settings"}

    said = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == ["False", "False"]
