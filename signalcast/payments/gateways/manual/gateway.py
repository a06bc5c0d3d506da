"""Bank transfers: people pay at their bank, show a proof, and somebody approves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from signalcast.core.env import environment, variable
from signalcast.payments.gateways.base import (
    CheckOut,
    Event,
    Fact,
    Forged,
    GatewayError,
    Order,
    Refunded,
    RefundState,
)


class Manual:
    """The gateway. Nobody tells anything of it: people look at the bank account."""

    name = "manual"
    by_hand = True

    def label(self) -> str:
        """What subscribers call it."""
        return _("Bank transfer")

    def missing(self) -> str:
        """A sentence on what has to be set before it can be used; empty when it is ready."""
        return "" if environment().bank_details else _("Set %s.") % variable("bank_details")

    def check_out(self, order: Order) -> CheckOut:
        """It goes on at our own page, which says where the money goes."""
        return CheckOut()

    def open_portal(self, customer: str, back: str) -> str:
        """There is none."""
        raise GatewayError(_("Bank transfers have no page of their own. Look at your payments."))

    def end_agreement(self, agreement: str, *, at_once: bool) -> None:
        """Nobody charges by itself here."""

    def resume_agreement(self, agreement: str) -> None:
        """Nobody charges by itself here."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """Nobody may tell anything."""
        raise Forged(_("Nobody tells of bank transfers here."))

    def read(self, event: Event) -> list[Fact]:
        """There are no events."""
        return []

    def recent(self, since: datetime) -> Iterator[Event]:
        """There are no events."""
        return iter(())

    def refund(self, payment: str, amount: int, currency: str, *, key: str) -> Refunded:
        """Somebody has sent it back, or is about to: it counts as done."""
        return Refunded(
            refund=key,
            payment=payment,
            amount=amount,
            currency=currency,
            state=RefundState.DONE,
            own=key,
        )


gateway = Manual()
