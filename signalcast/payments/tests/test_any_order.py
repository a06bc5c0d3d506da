"""What a provider tells makes the same books in any order, any number of times."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import Any, ClassVar, TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from signalcast.accounts.models import User
from signalcast.core import clock
from signalcast.payments.apply_event import apply_event
from signalcast.payments.begin_charge import begin_charge
from signalcast.payments.books import balances
from signalcast.payments.gateways.stripe.gateway import event_of
from signalcast.payments.gateways.stripe.tests.provider import Provider
from signalcast.payments.models import (
    Agreement,
    Charge,
    Dispute,
    Invoice,
    ProviderEvent,
    Refund,
)
from signalcast.payments.right import gives_right
from signalcast.payments.store_event import store_event
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import CURRENT

pytestmark = pytest.mark.django_db


Item = TypeVar("Item")


class Telling(RuleBasedStateMachine):
    """A provider at which things happen, and which tells of them late, twice and mixed up."""

    sessions = Bundle("sessions")

    #: Who waits for payment before anything is told, and by what.
    waiting: ClassVar[list[tuple[str, Charge]]] = []

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        self.provider = Provider(now=int(clock.now().timestamp()))
        self.start = transaction.savepoint()

    @initialize(target=sessions, random=st.randoms(use_true_random=False))
    def two_have_paid(self, random: Random) -> Any:
        self.random = random
        sessions = [self.check_out(0), self.check_out(3)]
        for session in sessions:
            self.provider.pay(session)
        return multiple(*sessions)

    def mixed(self, items: list[Item]) -> list[Item]:
        """All of them in any order, and a few twice."""
        more = [*items, *items[:2]]
        self.random.shuffle(more)
        return more

    @rule(target=sessions, number=st.integers(0, 5))
    def begin(self, number: int) -> str:
        return self.check_out(number)

    def check_out(self, number: int) -> str:
        mode, charge = self.waiting[number]
        about = {"charge": str(charge.pk), "user": str(charge.user_id), "plan": mode}
        item = {"price_data": {"unit_amount": charge.amount, "currency": "eur"}}
        made = self.provider.create_session(
            {
                "mode": mode,
                "customer": "cus_1",
                "metadata": about,
                "line_items": [item],
                "subscription_data": {"metadata": about},
            }
        )
        return str(made["id"])

    @rule(session=sessions)
    def pay(self, session: str) -> None:
        if self.provider.objects[session]["status"] == "open":
            self.provider.pay(session)

    @rule(session=sessions)
    def abandon(self, session: str) -> None:
        if self.provider.objects[session]["status"] == "open":
            self.provider.expire(session)

    @rule(number=st.integers(0, 9), well=st.booleans())
    def renew(self, number: int, well: bool) -> None:
        found = self._one("subscription", number)
        if found and found["status"] != "canceled":
            (self.provider.renew if well else self.provider.fail_to_renew)(found["id"])

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        found = self._one("subscription", number)
        if found and found["status"] != "canceled":
            self.provider.cancel(found["id"])

    @rule(
        number=st.integers(0, 9),
        part=st.integers(1, 100),
        status=st.sampled_from(["pending", "succeeded"]),
    )
    def pay_back(self, number: int, part: int, status: str) -> None:
        if paid := self._one("payment_intent", number):
            amount = max(1, paid["amount"] * part // 100)
            self.provider.create_refund(
                {"payment_intent": paid["id"], "amount": amount}, status=status
            )

    @rule(number=st.integers(0, 9), status=st.sampled_from(["succeeded", "failed"]))
    def settle_refund(self, number: int, status: str) -> None:
        found = self._one("refund", number)
        if found and found["status"] != "failed" and found["status"] != status:
            self.provider.settle_refund(found["id"], status)

    @rule(number=st.integers(0, 9))
    def dispute(self, number: int) -> None:
        if paid := self._one("payment_intent", number):
            self.provider.dispute(paid["id"])

    @rule(number=st.integers(0, 9), status=st.sampled_from(["won", "lost"]))
    def decide(self, number: int, status: str) -> None:
        found = self._one("dispute", number)
        if found and found["status"] == "needs_response":
            self.provider.close_dispute(found["id"], status)

    @rule(number=st.integers(0, 99))
    def tell(self, number: int) -> None:
        """Any event, whether it was told before or not."""
        if self.provider.events:
            store(self.provider.events[number % len(self.provider.events)])

    @rule(number=st.integers(0, 99))
    def apply(self, number: int) -> None:
        """Any event that was told, whether it was applied before or not."""
        keys = list(ProviderEvent.objects.values_list("pk", flat=True))
        if keys:
            apply_event(keys[number % len(keys)])

    @invariant()
    def all_accounts_together_hold_nothing(self) -> None:
        sums: Counter[str] = Counter()
        for (_account, currency), amount in balances().items():
            sums[currency] += amount
        assert not any(sums.values())

    def teardown(self) -> None:
        try:
            # What was not told yet comes in any order, and is applied in another one.
            for event in self.mixed(self.provider.events):
                store(event)
            for key in self.mixed(list(ProviderEvent.objects.values_list("pk", flat=True))):
                apply_event(key)
            mixed_up = everything()
            transaction.savepoint_rollback(self.start)
            for event in self.provider.events:
                store(event)
                apply_event(ProviderEvent.objects.latest("pk").pk)
            assert mixed_up == everything()
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    def _one(self, kind: str, number: int) -> dict[str, Any] | None:
        found = self.provider.all(kind)
        return found[number % len(found)] if found else None


def store(event: dict[str, Any]) -> None:
    store_event("stripe", event_of(event))


def days(subscription: Subscription) -> tuple[date | None, date | None]:
    """When what was paid for ends, and when the right to read does."""
    moments = (subscription.period_end, subscription.ends_at)
    until, ends = (moment and moment.date() for moment in moments)
    return until, ends


def invoiced() -> dict[tuple[str | None, str], int]:
    """What invoices say less what credit notes do: a refund that fails late has one of each."""
    found: Counter[tuple[str | None, str]] = Counter()
    for invoice in Invoice.objects.select_related("charge"):
        sign = 1 if invoice.kind == Invoice.Kind.INVOICE else -1
        for part, amount in (("amount", invoice.amount), ("tax", invoice.tax)):
            found[invoice.charge.external_id, part] += sign * amount
    return dict(found)


def everything() -> dict[str, Any]:
    """What the books say."""
    charges = Charge.objects.order_by("external_id", "pk")
    subscriptions = Subscription.objects.order_by("pk")
    return {
        # How one was to end is nothing any more once it has ended.
        "subscriptions": [
            (one.state, one.state in CURRENT and one.cancel_at_period_end, *days(one))
            for one in subscriptions
        ],
        "balances": balances(),
        "charges": [
            (one.external_id, one.state, one.amount, one.agreement, one.period_end)
            for one in charges
        ],
        "rights": [gives_right(charge) for charge in charges],
        "invoiced": invoiced(),
        "refunds": list(
            Refund.objects.order_by("external_id").values_list(
                "external_id", "state", "amount", "charge__external_id"
            )
        ),
        "disputes": list(
            Dispute.objects.order_by("external_id").values_list(
                "external_id", "state", "amount", "charge__external_id"
            )
        ),
        "agreements": list(
            Agreement.objects.order_by("external_id").values_list(
                "external_id", "state", "period_end", "ends_with_period"
            )
        ),
    }


def waiting_for_payment() -> list[tuple[str, Charge]]:
    """Three charges for a plan that is paid once, and three for one by the month."""
    found = []
    for mode, interval in (("payment", "lifetime"), ("subscription", "month")):
        plan = Plan.objects.create(
            slug=mode, name=mode, price=2999, currency="EUR", interval=interval, grace_days=3
        )
        for number in range(3):
            user = User.objects.create_user(f"{mode}{number}@example.org")
            charge = begin_charge(user, plan, "stripe")
            assert charge
            found.append((mode, charge))
    return found


@pytest.mark.parametrize("orders", [5, pytest.param(50, marks=pytest.mark.wide)])
def test_any_order_and_any_number_of_events_make_the_same_books(orders: int) -> None:
    Telling.waiting = waiting_for_payment()
    run_state_machine_as_test(
        Telling,
        settings=settings(
            max_examples=orders,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
