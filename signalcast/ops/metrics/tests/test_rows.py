"""What a scrape says is what the rows say, in every state that a row can be in."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from signalcast.channels.models import Destination
from signalcast.core.clock import from_now
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.tests.world import World, make_plan, make_world, subscribe
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door, ReceiptState
from signalcast.ops.metrics.scrape import Scrape, render
from signalcast.pipeline import Queue
from signalcast.plans.models import Subscription
from signalcast.signals.models import Signal
from signalcast.work.models import Job, ProcessBeat, Work
from signalcast.work.pause import pause

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

#: How many rows of each state are made, and what makes them so.
MADE: dict[str, tuple[int, dict[str, Any]]] = {
    "ready": (4, {"due": from_now(-5)}),
    "later": (3, {"due": from_now(600)}),
    "leased": (2, {"due": None, "leased_until": from_now(15)}),
    "parked": (5, {"due": None, "parked_at": Now()}),
    "finished": (6, {"due": None}),
}


def scraped() -> dict[tuple[str, ...], float]:
    """Every sample of a fresh scrape: its name with its label values in order of their names."""
    text = render(Scrape().gauges()).decode()
    return {
        (sample.name, *(value for _name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def make_rows(world: World) -> None:
    """Rows of each kind, in each queue and state: one more in each further queue."""
    post = Post.objects.create(feed=world.feed, type="signal.published", data={})
    for queue in Queue:
        for count, fields in MADE.values():
            for _ in range(count + queue):
                row = {"queue": queue, **fields}
                Receipt.objects.create(source=world.source, door=Door.TYPED, body=b"{}", **row)
                Job.objects.create(name="prune_work", **row)
                to = Destination.objects.create(
                    kind="webhook", address=f"https://{Destination.objects.count()}.test/"
                )
                Delivery.objects.create(post=post, destination=to, **row)


def test_queues_are_what_the_rows_say() -> None:
    make_rows(make_world())
    found = scraped()

    for kind in ("receipt", "delivery", "job"):
        for queue in Queue:
            for state in ("ready", "later", "leased", "parked"):
                value = found["signalcast_queue_rows", kind, queue.label, state]
                assert value == MADE[state][0] + queue
            age = found["signalcast_queue_wait_seconds", kind, queue.label]
            assert 5 <= age < 60


@pytest.mark.parametrize("model", [Receipt, Delivery, Job])
def test_the_sum_over_queues_is_what_a_count_over_all_rows_finds(model: type[Work]) -> None:
    make_rows(make_world())
    found: Counter[str] = Counter()
    for name, value in scraped().items():
        if name[0] == "signalcast_queue_rows" and name[1] == model._meta.model_name:
            found[name[3]] += int(value)
    rows = model._default_manager

    assert found["ready"] == rows.filter(due__lte=Now()).count()
    assert found["later"] == rows.filter(due__gt=Now()).count()
    assert found["leased"] == rows.exclude(leased_until=None).count()
    assert found["parked"] == rows.exclude(parked_at=None).count()


def test_a_paused_queue_is_not_late_but_its_rows_are_counted() -> None:
    Job.objects.create(name="prune_work", queue=Queue.DEFAULT, due=from_now(-90))
    pause("queue:default", by="shell")
    found = scraped()

    assert found["signalcast_queue_wait_seconds", "job", "default"] == 0
    assert found["signalcast_queue_rows", "job", "default", "ready"] == 1


def test_processes_are_alive_or_lost_and_a_missing_role_is_told() -> None:
    about = {"host": "a", "pid": 1}
    ProcessBeat.objects.create(role="worker", name="worker-0", rss=1_000, **about)
    ProcessBeat.objects.create(role="worker", name="worker-1", rss=2_000, **about)
    gone = ProcessBeat.objects.create(role="sender", name="sender-0", rss=4_000, **about)
    ProcessBeat.objects.filter(pk=gone.pk).update(seen_at=from_now(-60))
    found = scraped()

    assert found["signalcast_processes", "a", "worker", "alive"] == 2
    assert found["signalcast_processes", "a", "sender", "alive"] == 0
    assert found["signalcast_processes", "a", "sender", "lost"] == 1
    assert found["signalcast_processes", "a", "scheduler", "alive"] == 0
    assert found["signalcast_process_memory_bytes", "a", "worker"] == 3_000


def test_business_and_destinations_are_what_the_rows_say() -> None:
    world = make_world()
    silver = make_plan("silver", world.feed)
    ended = subscribe(silver, "carol")
    Subscription.objects.filter(user=ended.owner).update(ends_at=timezone.now() - timedelta(days=1))
    subscribe(world.plan, "dave")
    Destination.objects.filter(pk=world.bob.pk).update(state=Destination.State.DISABLED)
    Destination.objects.filter(pk=ended.pk).update(blocked_until=from_now(60))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        Signal.objects.create(feed=world.feed, source=world.source, symbol=symbol)
    world.receive("gibberish", state=ReceiptState.REVIEW, due=None)
    found = scraped()

    assert found["signalcast_users",] == 4
    by_plan = {
        plan: found["signalcast_subscriptions", plan] for plan in ("gold", "silver", "forex")
    }
    assert by_plan == {"gold": 2, "silver": 0, "forex": 1}
    assert found["signalcast_signals", "crypto"] == 2
    assert found["signalcast_receipts_in_review",] == 1
    states = {
        state: found["signalcast_destinations", "webhook", state]
        for state in ("active", "blocked", "disabled")
    }
    assert states == {"active": 2, "blocked": 1, "disabled": 1}
    kinds = dict(Destination.objects.values_list("kind").annotate(Count("pk")))
    assert sum(states.values()) == kinds["webhook"]
    assert found["signalcast_database_up",] == 1
    assert found["signalcast_database_size_bytes",] > 10_000
