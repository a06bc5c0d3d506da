"""What the conformance suite tries Stripe's gateway on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import stripe

from signalcast.core import clock
from signalcast.payments.gateways.base import Event
from signalcast.payments.gateways.stripe.gateway import event_of
from signalcast.payments.gateways.stripe.tests.provider import Provider
from signalcast.payments.gateways.stripe.tests.server import Server

SECRET = "whsec_of_a_test"


class Peer:
    """A stand-in with one payment that is over."""

    settings = ("SIGNALCAST_STRIPE_KEY", "SIGNALCAST_STRIPE_WEBHOOK_SECRET")

    def __init__(self, server: Server) -> None:
        self.server = server

    def pay(self) -> str:
        """Have whatever was begun last paid. Returns the payment's name."""
        provider = self.server.provider
        provider.pay(provider.all("checkout.session")[-1]["id"])
        return str(provider.all("payment_intent")[-1]["id"])

    def events(self) -> list[Event]:
        """All that happened."""
        return [event_of(event) for event in self.server.provider.events]

    def signed(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """An event as the provider posts it."""
        body = json.dumps(event.body)
        made = stripe.WebhookSignature.generate_signature_header(body, SECRET)
        return body.encode(), {"Stripe-Signature": made}

    def down(self) -> None:
        """Answer nothing more."""
        self.server.trouble = [503] * 9


@contextmanager
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """An installation at which the gateway is set up."""
    with Server(Provider(now=int(clock.now().timestamp()))) as server:
        monkeypatch.setenv("SIGNALCAST_STRIPE_KEY", "sk_test_1")
        monkeypatch.setenv("SIGNALCAST_STRIPE_WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("SIGNALCAST_STRIPE_API", server.address)
        yield Peer(server)
