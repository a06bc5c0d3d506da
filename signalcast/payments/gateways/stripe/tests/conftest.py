"""Stripe, as this installation knows it: one of our own on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signalcast.core import clock
from signalcast.core.env import environment
from signalcast.payments.gateways.stripe.tests.provider import Provider
from signalcast.payments.gateways.stripe.tests.server import Server


@pytest.fixture
def stripe_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stand-in that has just begun, and the settings that lead there."""
    with Server(Provider(now=int(clock.now().timestamp()))) as server:
        monkeypatch.setenv("SIGNALCAST_STRIPE_KEY", "sk_test_1")
        monkeypatch.setenv("SIGNALCAST_STRIPE_WEBHOOK_SECRET", "whsec_of_a_test")
        monkeypatch.setenv("SIGNALCAST_STRIPE_API", server.address)
        monkeypatch.setenv("SIGNALCAST_SELLER", "Signals Ltd")
        environment.cache_clear()
        yield server
    environment.cache_clear()
