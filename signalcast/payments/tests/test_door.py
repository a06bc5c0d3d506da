"""What a payment provider tells is stored before it is answered, and nobody else is believed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe
from django.test import Client

from signalcast.accounts.models import User
from signalcast.core.clock import from_now
from signalcast.payments.books import balance, money_at
from signalcast.payments.door import LARGEST
from signalcast.payments.gateways.stripe.tests.provider import Provider
from signalcast.payments.models import Charge, ProviderEvent
from signalcast.payments.prune import prune_events
from signalcast.plans.models import Plan
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

DOOR = "/hooks/payments/stripe"


def tell(event: dict[str, Any] | str, secret: str, *, ago: int = 0) -> Any:
    """The answer to an event, as Stripe posts it."""
    body = event if isinstance(event, str) else json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(
        body, secret, timestamp=int(time.time()) - ago
    )
    return Client().post(
        DOOR, body, content_type="application/json", headers={"Stripe-Signature": header}
    )


@pytest.fixture
def paid() -> list[dict[str, Any]]:
    """The events of a plan that somebody paid for once."""
    user = User.objects.create_user("ann@example.org")
    plan = Plan.objects.create(
        slug="gold", name="Gold", price=2900, currency="EUR", interval="lifetime"
    )
    charge = Charge.objects.create(
        user=user, plan=plan, plan_name="Gold", gateway="stripe", amount=2900, currency="EUR"
    )
    provider = Provider()
    about = {"charge": str(charge.pk), "user": str(user.pk), "plan": "gold"}
    price = {"price_data": {"unit_amount": 2900, "currency": "eur"}}
    session = provider.create_session({"mode": "payment", "metadata": about, "line_items": [price]})
    provider.pay(session["id"])
    return provider.events


@pytest.mark.django_db(transaction=True)
def test_what_is_told_is_stored_and_applied_by_a_worker(
    stripe_set_up: str, paid: list[dict[str, Any]]
) -> None:
    answer = tell(paid[0], stripe_set_up)

    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert ProviderEvent.objects.get().applied_at is None
    run_jobs()
    assert ProviderEvent.objects.get().applied_at
    assert Charge.objects.get().state == Charge.State.PAID
    assert balance(money_at("stripe"), "EUR") == 2900


@pytest.mark.django_db(transaction=True)
def test_what_was_applied_long_ago_is_forgotten(
    stripe_set_up: str, paid: list[dict[str, Any]]
) -> None:
    tell(paid[0], stripe_set_up)
    ProviderEvent.objects.update(received_at=from_now(-401 * 86_400))
    assert prune_events() == 0  # it is still to be applied
    run_jobs()

    assert prune_events() == 1
    assert not ProviderEvent.objects.exists()
    assert balance(money_at("stripe"), "EUR") == 2900


@pytest.mark.django_db(transaction=True)
def test_what_is_told_again_is_answered_well_and_changes_nothing(
    stripe_set_up: str, paid: list[dict[str, Any]]
) -> None:
    for _number in range(3):
        answer = tell(paid[0], stripe_set_up)
        run_jobs()

    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    assert ProviderEvent.objects.count() == Job.objects.count() == 1
    assert balance(money_at("stripe"), "EUR") == 2900


@pytest.mark.parametrize(
    ("secret", "ago"), [("whsec_of_somebody_else", 0), ("whsec_of_a_test", 301)]
)
def test_who_signs_wrongly_or_tells_old_news_is_not_believed(
    stripe_set_up: str, paid: list[dict[str, Any]], secret: str, ago: int
) -> None:
    answer = tell(paid[0], secret, ago=ago)

    assert answer.status_code == 400
    assert answer.json()["title"].endswith(".")
    assert not ProviderEvent.objects.exists()


def test_what_is_changed_on_the_way_is_not_believed(
    stripe_set_up: str, paid: list[dict[str, Any]]
) -> None:
    body = json.dumps(paid[0])
    header = stripe.WebhookSignature.generate_signature_header(body, stripe_set_up)
    changed = body.replace("2900", "1")

    answer = Client().post(
        DOOR, changed, content_type="application/json", headers={"Stripe-Signature": header}
    )

    assert answer.status_code == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"id": "evt_1", "type": "invoice.paid", "created": "now"}',
        '{"id": "evt_1", "type": "invoice.paid", "created": 1e999}',
        '{"id": "evt_1", "type": "invoice.paid", "created": 99999999999999999}',
        '{"id": "\\ud800", "type": "invoice.paid", "created": 1}',
    ],
)
def test_what_is_signed_but_no_event_is_told_so(stripe_set_up: str, body: str) -> None:
    assert tell(body, stripe_set_up).status_code == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"object": []},
        {"object": {}},
        {"object": {"metadata": {"charge": "x", "user": "1", "plan": "gold"}}},
        {"object": {"id": "in_1", "note": "\u0000"}},
    ],
)
@pytest.mark.parametrize("kind", ["invoice.paid", "refund.created", "something.new"])
def test_an_event_about_something_else_is_kept_and_changes_nothing(
    stripe_set_up: str, data: object, kind: str
) -> None:
    event = {"id": "evt_1", "type": kind, "created": 1_790_000_000, "data": data}

    assert tell(event, stripe_set_up).status_code == 200
    run_jobs()
    assert ProviderEvent.objects.get().applied_at
    assert not Charge.objects.exists()


def test_what_is_too_large_is_not_read(stripe_set_up: str) -> None:
    assert tell('"' + "x" * LARGEST + '"', stripe_set_up).status_code == 413


def test_where_stripe_is_not_set_up_nobody_is_listened_to() -> None:
    assert tell("{}", "whsec_of_a_test").status_code == 404
    assert (
        Client().post("/hooks/payments/nothing", "{}", content_type="text/plain").status_code == 404
    )
    assert Client().get(DOOR).status_code == 405
