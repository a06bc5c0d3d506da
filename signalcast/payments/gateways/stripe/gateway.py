"""Stripe: Checkout, Billing, its customer portal, and its events, through its own library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

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
)
from signalcast.payments.gateways.stripe import calls
from signalcast.payments.gateways.stripe.read_event import READERS, read_event, read_refund

#: Stripe lists the events of so many days.
LISTED = timedelta(days=30)


class Stripe:
    """The gateway. The library takes 30 MB, so it is loaded when it is first needed."""

    name = "stripe"
    by_hand = False

    def label(self) -> str:
        """What subscribers call it."""
        return _("Card and other ways (Stripe)")

    def missing(self) -> str:
        """A sentence on what has to be set before it can be used; empty when it is ready."""
        unset = [
            variable(field)
            for field in ("stripe_key", "stripe_webhook_secret")
            if not getattr(environment(), field)
        ]
        return _("Set %s.") % " and ".join(unset) if unset else ""

    def check_out(self, order: Order) -> CheckOut:
        """Begin a payment at Stripe's own page."""
        return calls.check_out(order)

    def open_portal(self, customer: str, back: str) -> str:
        """The address of the customer portal, good for a short time."""
        return calls.open_portal(customer, back)

    def end_agreement(self, agreement: str, *, at_once: bool) -> None:
        """Have Stripe charge no more for it."""
        calls.end_agreement(agreement, at_once=at_once)

    def resume_agreement(self, agreement: str) -> None:
        """Have Stripe go on with it."""
        calls.resume_agreement(agreement)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The event in a request that Stripe signed less than 300 s ago. Raises Forged."""
        if self.missing():
            raise Forged(_("Stripe is not set up here."))
        return event_of(calls.verified(body, headers.get("Stripe-Signature", "")))

    def read(self, event: Event) -> list[Fact]:
        """What an event says."""
        return read_event(event)

    def recent(self, since: datetime) -> Iterator[Event]:
        """Every event since then that can say something, newest first: of 30 days at most."""
        if self.missing():
            raise GatewayError(self.missing())
        for found in calls.events(since, sorted(READERS)):
            yield event_of(found)

    def refund(self, payment: str, amount: int, currency: str, *, key: str) -> Refunded:
        """Pay back. The same key twice is one refund."""
        if fact := read_refund(calls.refund(payment, amount, currency, key=key)):
            return fact
        raise GatewayError(_("Stripe did not answer with a refund."))


def event_of(found: dict[str, Any]) -> Event:
    """An event as Stripe spells it. Raises Forged where it is none."""
    try:
        at = datetime.fromtimestamp(found["created"], UTC)
        return Event(str(found["id"]), str(found["type"]), at, found)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Forged(_("This is no event of Stripe.")) from error


gateway = Stripe()
