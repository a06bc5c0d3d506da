"""An installation at which people can pay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signalcast.core.env import environment


@pytest.fixture
def stripe_set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Keys of an account at Stripe. Gives the secret that events are signed with."""
    secret = "whsec_of_a_test"
    monkeypatch.setenv("SIGNALCAST_STRIPE_KEY", "sk_test_1")
    monkeypatch.setenv("SIGNALCAST_STRIPE_WEBHOOK_SECRET", secret)
    environment.cache_clear()
    yield secret
    environment.cache_clear()
