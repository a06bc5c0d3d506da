"""What Stripe is asked for, through its own library, which is loaded here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec
from django.utils.translation import gettext as _

from signalcast.core.env import environment
from signalcast.payments.gateways.base import (
    CheckOut,
    Forged,
    GatewayError,
    Order,
    Unreachable,
)
from signalcast.payments.gateways.stripe.amounts import theirs

if TYPE_CHECKING:
    from stripe import StripeClient

#: Seconds that Stripe may take to answer: somebody waits at the page.
PATIENCE = 15
#: Events of one page of the list; Stripe's most.
PAGE = 100


@cache
def _client(key: str, address: str) -> StripeClient:
    import stripe

    bases: Any = {"api": address.rstrip("/")} if address else {}
    return stripe.StripeClient(
        key,
        base_addresses=bases,
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=PATIENCE),
    )


@contextmanager
def _asking() -> Iterator[StripeClient]:
    """The client; what goes wrong is raised in our words."""
    import stripe

    settings = environment()
    try:
        yield _client(settings.stripe_key, settings.stripe_api)
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unreachable(_("Stripe does not answer. Try again in a minute.")) from error
    except stripe.AuthenticationError as error:
        raise GatewayError(_("Stripe refuses the key. The owner has to correct it.")) from error
    except stripe.StripeError as error:
        if (error.http_status or 500) >= 500:
            raise Unreachable(_("Stripe has trouble. Try again in a minute.")) from error
        told = error.user_message or str(error)
        raise GatewayError(_("Stripe refused: %s") % told) from error


def check_out(order: Order) -> CheckOut:
    """Open a page of Stripe's for an order."""
    about = {"charge": order.charge, "user": str(order.user), "plan": order.plan}
    price: dict[str, Any] = {
        "currency": order.currency.lower(),
        "unit_amount": theirs(order.renewal if order.months else order.amount, order.currency),
        "product_data": {"name": order.name},
    }
    params: dict[str, Any] = {
        "mode": "subscription" if order.months else "payment",
        "client_reference_id": order.charge,
        "metadata": about,
        "success_url": order.done,
        "cancel_url": order.cancelled,
        "line_items": [{"price_data": price, "quantity": 1}],
    }
    with _asking() as client:
        customer = order.customer or _customer(client, order)
        params["customer"] = customer
        if order.months:
            price["recurring"] = {"interval": "month", "interval_count": order.months}
            params["subscription_data"] = {"metadata": about}
            if order.starts_at:
                params["subscription_data"]["trial_end"] = int(order.starts_at.timestamp())
            if order.amount < order.renewal:
                params["discounts"] = [{"coupon": _discount(client, order)}]
        else:
            params["payment_intent_data"] = {"metadata": about}
        session = client.v1.checkout.sessions.create(
            cast("Any", params), {"idempotency_key": f"checkout-{order.charge}"}
        )
    if not session.url:
        raise GatewayError(_("Stripe opened no page for this payment."))
    return CheckOut(session.url, customer)


def _customer(client: StripeClient, order: Order) -> str:
    made = client.v1.customers.create(
        {"email": order.email, "metadata": {"user": str(order.user)}},
        {"idempotency_key": f"customer-{order.charge}"},
    )
    return made.id


def _discount(client: StripeClient, order: Order) -> str:
    """What is off the first period."""
    made = client.v1.coupons.create(
        {
            "amount_off": theirs(order.renewal - order.amount, order.currency),
            "currency": order.currency.lower(),
            "duration": "once",
            "max_redemptions": 1,
        },
        {"idempotency_key": f"coupon-{order.charge}"},
    )
    return made.id


def open_portal(customer: str, back: str) -> str:
    """The address of the customer portal."""
    with _asking() as client:
        session = client.v1.billing_portal.sessions.create(
            {"customer": customer, "return_url": back}
        )
    return session.url


def end_agreement(agreement: str, *, at_once: bool) -> None:
    """Let a subscription of Stripe's end with its period, or now."""
    with _asking() as client:
        if at_once:
            client.v1.subscriptions.cancel(agreement)
        else:
            client.v1.subscriptions.update(agreement, {"cancel_at_period_end": True})


def resume_agreement(agreement: str) -> None:
    """Take back that it ends with its period."""
    with _asking() as client:
        client.v1.subscriptions.update(agreement, {"cancel_at_period_end": False})


def verified(body: bytes, signature: str) -> dict[str, Any]:
    """What a body says that Stripe signed. Raises Forged."""
    import stripe

    secret = environment().stripe_webhook_secret
    try:
        stripe.WebhookSignature.verify_header(
            body, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE
        )
        # What no database stores is nothing that matters.
        found = msgspec.json.decode(body.replace(b"\\u0000", b"?"))
    except (stripe.SignatureVerificationError, msgspec.DecodeError, ValueError) as error:
        raise Forged(_("The signature does not fit, or is too old.")) from error
    return found if isinstance(found, dict) else {}


def events(since: datetime, types: list[str]) -> Iterator[dict[str, Any]]:
    """Events of these types since then."""
    # Stripe takes 20 types at most.
    for start in range(0, len(types), 20):
        with _asking() as client:
            found = client.v1.events.list(
                {
                    "created": {"gte": int(since.timestamp())},
                    "types": types[start : start + 20],
                    "limit": PAGE,
                }
            )
            for event in found.auto_paging_iter():
                yield event.to_dict()


def refund(payment: str, amount: int, currency: str, *, key: str) -> dict[str, Any]:
    """Have Stripe pay back an amount of a payment, or of what paid an invoice."""
    with _asking() as client:
        intent = payment if payment.startswith("pi_") else _intent(client, payment)
        made = client.v1.refunds.create(
            {
                "payment_intent": intent,
                "amount": theirs(amount, currency),
                "metadata": {"refund": key},
            },
            {"idempotency_key": f"refund-{key}"},
        )
    return made.to_dict()


def _intent(client: StripeClient, invoice: str) -> str:
    paid = client.v1.invoice_payments.list({"invoice": invoice, "status": "paid"})
    for one in paid.data:
        found = one.payment.payment_intent
        if found:
            return found if isinstance(found, str) else found.id
    raise GatewayError(_("Stripe knows no payment of this invoice."))
