"""A feed, somebody who may hear it, and the streams of one web process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.feeds.models import Feed
from signalcast.live.door import Live
from signalcast.live.renew_token import renew_token
from signalcast.live.tests.listening import Play
from signalcast.plans.models import Plan, PlanChannel, Subscription


@pytest.fixture
def feed() -> Feed:
    return Feed.objects.create(slug="crypto", name="Crypto")


@pytest.fixture
def token(feed: Feed) -> str:
    """Of somebody whose plan has the feed and the live stream."""
    plan = Plan.objects.create(slug="gold", name="Gold", price=1, currency="USD", interval="month")
    plan.feeds.add(feed)
    PlanChannel.objects.create(plan=plan, kind="live")
    user = User.objects.create_user("alice@example.org", "a long password 1")
    Subscription.objects.create(user=user, plan=plan, starts_at=timezone.now() - timedelta(days=1))
    return renew_token(user)


@pytest.fixture
def play() -> Iterator[Play]:
    """Runs a scenario with the streams of one web process."""

    def run(scenario: Callable[[Live], Awaitable[None]], **options: Any) -> None:
        async def whole() -> None:
            live = Live(**{"look_every": 0.05} | options)
            try:
                await scenario(live)
            finally:
                live.close()
                await asyncio.sleep(0)

        asyncio.run(whole())

    yield run
    for thread in threading.enumerate():
        if thread.name.startswith("live"):
            thread.join(5)
    close_old_connections()
