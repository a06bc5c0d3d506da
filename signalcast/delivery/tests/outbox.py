"""Posts and deliveries for tests of the sender, and a sender at work in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import uvloop
from django.db import connection
from django.db.models.functions import Now

from signalcast.channels.models import Destination
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.core.signing import new_secret
from signalcast.delivery.models import Attempt, Delivery, Post
from signalcast.delivery.sender import Sender
from signalcast.delivery.tests.world import World, subscribe
from signalcast.signals.models import Signal
from tests.waiting import wait_for

#: Seconds between two looks of the sender.
LOOK_EVERY = 0.05
TYPES = {
    "new": "signal.published",
    "update": "signal.updated",
    "close": "signal.closed",
    "cancel": "signal.cancelled",
}


def destination(world: World, peer: Peer, path: str = "/hook") -> Destination:
    """A subscriber of the feed with a webhook at the peer."""
    made = subscribe(world.plan, path.strip("/"))
    made.address = peer.url(path)
    made.secret = new_secret()
    made.save()
    return made


def signal(world: World) -> Signal:
    """A signal of the feed."""
    return Signal.objects.create(feed=world.feed, source=world.source, symbol="BTCUSDT")


def post(
    world: World,
    about: Signal | None = None,
    number: int = 1,
    kind: str = "new",
    *,
    valid_until: datetime | None = None,
    **fields: Any,
) -> Post:
    """A revision's post. VALID_UNTIL is the signal's; only a `new` one expires by it."""
    ends = valid_until.isoformat() if valid_until else None
    return Post.objects.create(
        feed=world.feed,
        signal=about,
        number=number if about else 0,
        type=TYPES[kind],
        data={
            "feed": {"slug": world.feed.slug, "name": world.feed.name},
            "signal": {"symbol": "BTCUSDT", "valid_until": ends},
            "revision": {"number": number, "kind": kind},
        },
        valid_until=valid_until if kind == "new" else None,
        **fields,
    )


def deliver(made: Post, *destinations: Destination, **fields: Any) -> list[Delivery]:
    """What fan-out would have inserted."""
    return [
        Delivery.objects.create(
            post=made, destination=each, signal_id=made.signal_id, number=made.number, **fields
        )
        for each in destinations
    ]


@contextmanager
def sending(slots: int = 100) -> Iterator[Sender]:
    """A sender that works in a thread of this process until the context ends.

    Nobody rings for it, so it looks for what is due far more often than once a second.
    """
    started = threading.Event()
    failed: list[BaseException] = []
    made: list[Sender] = []

    async def run() -> None:
        made.append(Sender(slots, look_every=LOOK_EVERY))
        started.set()
        await made[0].run()

    def work() -> None:
        loop = uvloop.new_event_loop()
        loops.append(loop)
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(run())
        except BaseException as error:
            failed.append(error)
            started.set()

    loops: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=work)
    thread.start()
    started.wait(10)
    try:
        yield made[0]
    finally:
        if not failed:
            loops[0].call_soon_threadsafe(made[0].stop)
        thread.join(30)
        connection.close()
    if failed:
        raise failed[0]


def fresh(row: Delivery) -> Delivery:
    """The row as it is now."""
    return Delivery.objects.get(pk=row.pk)


def wait_for_state(row: Delivery, state: str, within: float = 10) -> Delivery:
    """Wait until a delivery is in a state and in nobody's hand."""

    def reached() -> Delivery | None:
        now = fresh(row)
        return now if now.state == state and now.leased_until is None else None

    found = wait_for(reached, within=within, message=f"{row} to be {state}")
    assert found is not None
    return found


def wait_for_attempts(row: Delivery, count: int, within: float = 10) -> list[Attempt]:
    """Wait until so many attempts are recorded."""
    rows = Attempt.objects.filter(delivery=row).order_by("pk")
    wait_for(lambda: rows.count() >= count, within=within, message=f"{count} attempts at {row}")
    return list(rows)


def hurry() -> None:
    """Make all that waits due now, as if its time had come."""
    Delivery.objects.filter(due__isnull=False).update(due=Now())


def ago(seconds: float) -> timedelta:
    """So long before something."""
    return timedelta(seconds=-seconds)
