"""A Stripe of our own for tests: what it keeps, what it does, and what it tells.

Objects have the shape that Stripe publishes (`objects.json`), events the order they happened in.
"""

from __future__ import annotations

import copy
import itertools
import json
from pathlib import Path
from typing import Any

Object = dict[str, Any]

SHAPES = json.loads((Path(__file__).parent / "objects.json").read_text())["resources"]
#: When it begins, and seconds of a month.
BEGAN = 1_790_000_000
MONTH = 30 * 86_400


class Provider:
    """Customers, sessions, subscriptions, invoices, refunds and disputes of one account."""

    def __init__(self, *, now: int = BEGAN) -> None:
        self.now = now
        self.events: list[Object] = []
        self.objects: dict[str, Object] = {}
        self._numbers = itertools.count(1)

    # What programs ask for

    def create_customer(self, params: Object) -> Object:
        return self._make("customer", "cus", **params)

    def create_coupon(self, params: Object) -> Object:
        return self._make("coupon", "co", **params)

    def create_session(self, params: Object) -> Object:
        kept = ("mode", "customer", "metadata", "success_url", "cancel_url")
        wanted = {name: params.get(name) for name in kept}
        item = params["line_items"][0]["price_data"]
        off = sum(
            self.objects[discount["coupon"]]["amount_off"]
            for discount in params.get("discounts", ())
        )
        session = self._make(
            "checkout.session",
            "cs",
            **wanted,
            amount_total=item["unit_amount"] - off,
            currency=item["currency"],
            payment_intent=None,
            total_details={"amount_discount": off, "amount_shipping": 0, "amount_tax": 0},
            subscription_data=params.get("subscription_data"),
            price=item,
        )
        session["url"] = f"https://checkout.example/{session['id']}"
        return session

    def create_refund(self, params: Object, *, status: str = "succeeded") -> Object:
        refund = self._make(
            "refund",
            "re",
            amount=params["amount"],
            payment_intent=params["payment_intent"],
            currency=self.objects[params["payment_intent"]]["currency"],
            metadata=params.get("metadata", {}),
            status=status,
        )
        self._tell("refund.created", refund)
        return refund

    def create_portal(self, params: Object) -> Object:
        self.objects[params["customer"]]
        made = self._make("billing_portal.session", "bps", **params)
        made["url"] = f"https://billing.example/{made['id']}"
        return made

    def update_subscription(self, subscription: str, params: Object) -> Object:
        found = self.objects[subscription]
        found["cancel_at_period_end"] = str(params["cancel_at_period_end"]).lower() == "true"
        self._tell("customer.subscription.updated", found)
        return found

    def list_events(self, params: Object) -> Object:
        """The newest first, in pages."""
        newest = [
            event
            for event in reversed(self.events)
            if event["created"] >= params["created"]["gte"] and event["type"] in params["types"]
        ]
        names = [event["id"] for event in newest]
        after = params.get("starting_after")
        start = names.index(after) + 1 if after else 0
        # Fewer than were asked for, so that there is more than one page.
        shown = newest[start : start + min(params["limit"], 3)]
        more = start + len(shown) < len(newest)
        return {"object": "list", "url": "/v1/events", "data": shown, "has_more": more}

    def list_invoice_payments(self, params: Object) -> Object:
        found = [one for one in self.all("invoice_payment") if one["invoice"] == params["invoice"]]
        return {"object": "list", "url": "/v1/invoice_payments", "data": found, "has_more": False}

    # What people and banks do

    def pay(self, session: str) -> None:
        """Somebody fills in a card."""
        found = self.objects[session]
        found |= {"status": "complete", "payment_status": "paid"}
        if found["mode"] == "payment":
            found["payment_intent"] = self._intent(found["amount_total"], found["currency"])["id"]
            self._tell("checkout.session.completed", found)
            return
        about = found["subscription_data"]["metadata"]
        subscription = self._make(
            "subscription", "sub", metadata=about, customer=found["customer"], status="active"
        )
        subscription |= {"cancel_at": None, "cancel_at_period_end": False, "price": found["price"]}
        subscription["end"] = self.now + MONTH
        self._tell("customer.subscription.created", subscription)
        self._bill(subscription, found["amount_total"], "subscription_create")
        self._tell("checkout.session.completed", found)

    def expire(self, session: str) -> None:
        """Nobody pays, for a day."""
        self.objects[session]["status"] = "expired"
        self._tell("checkout.session.expired", self.objects[session])

    def renew(self, subscription: str) -> None:
        """A month is over, and the card is charged again."""
        found = self.objects[subscription]
        found["end"] += MONTH
        found["status"] = "active"
        self._bill(found, found["price"]["unit_amount"], "subscription_cycle")
        self._tell("customer.subscription.updated", found)

    def fail_to_renew(self, subscription: str) -> None:
        """The card has expired."""
        found = self.objects[subscription]
        found["status"] = "past_due"
        self._tell("customer.subscription.updated", found)

    def cancel(self, subscription: str) -> None:
        """It ends at once."""
        found = self.objects[subscription]
        found["status"] = "canceled"
        self._tell("customer.subscription.deleted", found)

    def settle_refund(self, refund: str, status: str) -> None:
        """A refund that was pending arrives, or fails, as may one that had arrived."""
        self.objects[refund]["status"] = status
        told = "refund.failed" if status == "failed" else "refund.updated"
        self._tell(told, self.objects[refund])

    def dispute(self, intent: str) -> Object:
        """A bank takes the money back."""
        paid = self.objects[intent]
        dispute = self._make(
            "dispute",
            "dp",
            amount=paid["amount"],
            currency=paid["currency"],
            payment_intent=intent,
            status="needs_response",
        )
        self._tell("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute: str, status: str) -> None:
        """The bank has decided: won, or lost."""
        self.objects[dispute]["status"] = status
        self._tell("charge.dispute.closed", self.objects[dispute])

    # How it is kept

    def all(self, kind: str) -> list[Object]:
        """Every object of a kind."""
        return [found for found in self.objects.values() if found["object"] == kind]

    def _bill(self, subscription: Object, amount: int, reason: str) -> None:
        intent = self._intent(amount, subscription["price"]["currency"])
        parent = {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": subscription["metadata"],
                "subscription": subscription["id"],
            },
        }
        invoice = self._make(
            "invoice",
            "in",
            amount_paid=amount,
            billing_reason=reason,
            currency=intent["currency"],
            customer=subscription["customer"],
            parent=parent,
            status="paid",
            subscription=subscription["id"],
        )
        invoice["lines"]["data"][0]["period"] = {"start": self.now, "end": subscription["end"]}
        payment = self._make(
            "invoice_payment",
            "inpay",
            invoice=invoice["id"],
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status="paid",
        )
        self._tell("invoice.paid", invoice)
        self._tell("invoice_payment.paid", payment)

    def _intent(self, amount: int, currency: str) -> Object:
        made = {"object": "payment_intent", "amount": amount, "currency": currency}
        return self._keep("pi", made)

    def _make(self, kind: str, prefix: str, **fields: Any) -> Object:
        return self._keep(prefix, {**copy.deepcopy(SHAPES[kind]), **fields})

    def _keep(self, prefix: str, made: Object) -> Object:
        made |= {"id": f"{prefix}_{next(self._numbers):06}", "created": self.now}
        self.objects[made["id"]] = made
        return made

    def _tell(self, type_: str, found: Object) -> None:
        # Two things may happen in one second.
        self.now += next(self._numbers) % 2
        told = copy.deepcopy(found)
        if told["object"] == "subscription":
            told["items"]["data"][0]["current_period_end"] = told.pop("end")
        event = {
            **copy.deepcopy(SHAPES["event"]),
            "id": f"evt_{next(self._numbers):06}",
            "type": type_,
            "created": self.now,
            "data": {"object": told},
        }
        self.events.append(event)
