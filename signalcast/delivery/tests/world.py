"""A small installation for tests: a feed, its plan, a source, and people who get it or don't."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door
from signalcast.pipeline import FAN_OUT_CHUNKS
from signalcast.plans.models import Plan, PlanChannel, Subscription


@dataclass(frozen=True, slots=True)
class World:
    """Alice subscribes to the feed. Bob has another plan."""

    feed: Feed
    plan: Plan
    source: Source
    alice: Destination
    bob: Destination

    def receive(self, body: dict[str, Any] | str | bytes, **fields: Any) -> Receipt:
        """Store what a door would have stored."""
        door = Door.HOOK
        if isinstance(body, dict):
            door = Door.HOOK if "ticker" in body else Door.TYPED
            thread = body.get("ref") or body.get("id") or body.get("ticker")
            fields = {"thread": thread} | fields
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return Receipt.objects.create(
            **{"source": self.source, "door": door, "body": body} | fields
        )


def make_world() -> World:
    """Make it in the database."""
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    other = Feed.objects.create(slug="forex", name="Forex")
    plan = make_plan("gold", feed)
    return World(
        feed=feed,
        plan=plan,
        source=Source.objects.create(
            slug="desk", feed=feed, token_digest=token_digest("desk-token")
        ),
        alice=subscribe(plan, "alice"),
        bob=subscribe(make_plan("forex", other), "bob"),
    )


def make_plan(slug: str, feed: Feed) -> Plan:
    """A plan with the feed and the webhook channel."""
    plan = Plan.objects.create(slug=slug, name=slug, price=100, currency="USD", interval="month")
    plan.feeds.add(feed)
    PlanChannel.objects.create(plan=plan, kind="webhook")
    return plan


def subscribe(plan: Plan, name: str) -> Destination:
    """A person with a current subscription and a webhook."""
    user = User.objects.create_user(f"{name}@example.org")
    Subscription.objects.create(
        user=user, plan=plan, starts_at=timezone.now() - timedelta(seconds=1)
    )
    return Destination.objects.create(owner=user, kind="webhook", address=f"https://{name}.test/")


def chunks(monkeypatch: pytest.MonkeyPatch, first: int, later: int) -> None:
    """Have a fan-out cover so many destinations at first, and so many each time afterwards."""
    for engine in FAN_OUT_CHUNKS:
        monkeypatch.setitem(FAN_OUT_CHUNKS, engine, (first, later))
