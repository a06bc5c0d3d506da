"""Looking for other revisions goes by the few posts about a signal, never by all that a
destination got, nor by all deliveries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from signalcast.channels.models import Destination
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.load import Batch, load
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.order import order
from signalcast.delivery.posts import Posts
from signalcast.delivery.tests.outbox import destination, post, signal
from signalcast.delivery.tests.world import World
from signalcast.signals.models import Signal
from signalcast.work.claim import claim

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

SIGNALS, READERS, OTHERS = 300, 12, 1_000
#: All deliveries read, in the words of each engine.
SCANS = ("SCAN delivery_delivery", "Seq Scan on delivery_delivery", "'delivery_delivery', 'ALL'")
TABLES = ("delivery_delivery", "delivery_post", "channels_destination")


@pytest.fixture
def history(world: World, peer: Peer) -> None:
    """Two revisions of each of many signals, which a few destinations got all of, and what engines
    want to know of them. Others get nothing."""
    Destination.objects.bulk_create(
        Destination(
            owner=world.alice.owner,
            kind="webhook",
            address=f"https://{number}.test/",
            state=Destination.State.DISABLED,
        )
        for number in range(OTHERS)
    )
    readers = [destination(world, peer, f"/{number}") for number in range(READERS)]
    made = [Signal(feed=world.feed, source=world.source, symbol=f"S{at}") for at in range(SIGNALS)]
    Signal.objects.bulk_create(made)
    posts = Post.objects.bulk_create(
        Post(feed=world.feed, signal=about, number=number, type="signal.updated", data={})
        for about in made
        for number in (1, 2)
    )
    Delivery.objects.bulk_create(
        Delivery(
            post=each,
            destination=reader,
            signal_id=each.signal_id,
            number=each.number,
            state="sent",
            due=None,
            created_at=Now(),
            finished_at=Now(),
        )
        for each in posts
        for reader in readers
    )
    statement = {"postgresql": "VACUUM ANALYZE", "mysql": "ANALYZE TABLE"}.get(connection.vendor)
    if statement:
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"{statement} {table}")


@pytest.mark.usefixtures("history")
def test_other_revisions_are_found_by_their_posts(world: World) -> None:
    about = signal(world)
    fan_out(post(world, about, 1))
    Delivery.objects.filter(signal=about).update(state="sent", due=None, leased_until=None)
    second = post(world, about, 2, "update")

    with CaptureQueriesContext(connection) as queries:
        fan_out(second)
        batch = load(claim(Delivery, 100), Posts())
        order(batch)
    assert crowded(batch) == len(batch.rows) > READERS

    looks = [one["sql"] for one in queries.captured_queries if "delivery_" in one["sql"]]
    plans = [explained(sql) for sql in looks if sql.startswith(("INSERT", "SELECT", "WITH"))]
    assert any(sql.startswith("INSERT") for sql in looks)
    assert len(plans) >= 4
    for plan in plans:
        assert "delivery_destination" not in plan, plan
        for scan in SCANS:
            assert scan not in plan, plan


def crowded(batch: Batch) -> int:
    return sum(row.has_siblings for row in batch.rows.values())


def explained(sql: str) -> str:
    """How the database goes about it: on MariaDB the table, the way and the index it chose."""
    how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {sql}")
        rows = cursor.fetchall()
    if connection.vendor == "mysql":
        rows = [(row[2], row[3], row[5]) for row in rows]
    return "\n".join(str(row) for row in rows)
