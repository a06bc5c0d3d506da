"""What the conformance suite tries bank transfers on: there is no provider."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from signalcast.payments.gateways.base import Event


class Peer:
    """Nobody."""

    settings = ("SIGNALCAST_BANK_DETAILS",)

    def pay(self) -> str:
        """The payment's name is the charge's."""
        return "01890000-0000-7000-8000-000000000001"

    def events(self) -> list[Event]:
        """Nothing is ever told."""
        return []

    def signed(self, event: Event) -> tuple[bytes, dict[str, str]]:
        """Nobody signs."""
        return b"", {}

    def down(self) -> None:
        """Nobody is asked."""


@contextmanager
def set_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """An installation at which the gateway is set up."""
    monkeypatch.setenv("SIGNALCAST_BANK_DETAILS", "Signals Ltd")
    yield Peer()
