"""What queues did is kept: exactly, in three steps, over restarts, within bounds."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import Error, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.core.version import running_version
from signalcast.delivery.models import Attempt
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.conftest import loopback  # noqa: F401 - a fixture
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    post,
    sending,
    wait_for_attempts,
)
from signalcast.delivery.tests.world import make_world
from signalcast.intake.models import Receipt
from signalcast.ops.queues.history import history
from signalcast.ops.queues.keep_history import keep_history
from signalcast.ops.queues.mark_deploy import mark_deploy
from signalcast.ops.queues.models import (
    FIVE_MINUTES,
    HOUR,
    MINUTE,
    STEPS,
    DeployMark,
    ProcessMinute,
    QueueStep,
)
from signalcast.ops.queues.prune import prune_queue_history
from signalcast.ops.queues.recent import recent
from signalcast.ops.queues.sums import moment_of
from signalcast.ops.queues.tell_minutes import tell_minutes
from signalcast.ops.queues.tests.rows import put
from signalcast.pipeline import Queue
from signalcast.work.histogram import Histogram
from signalcast.work.meter import Measured, Minute, meter
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _counting() -> Iterator[None]:
    meter.take()
    meter.on = True
    yield
    meter.on = False
    meter.take()


def told(minute: int, seconds: list[float], *, failed: int = 0, name: str = "worker-0") -> None:
    """A process tells that it worked on rows within a minute."""
    histogram = Histogram()
    histogram.add(seconds)
    measured = Measured(len(seconds), failed, histogram, histogram)
    meter.put_back({Minute(minute, "job", Queue.HIGH): measured})
    tell_minutes("worker", name)


def all_of(step: int, **places: object) -> list[tuple[datetime, int, int]]:
    rows = QueueStep.objects.filter(step=step, **places).order_by("at", "kind", "queue")
    return list(rows.values_list("at", "handled", "failed"))


@contextmanager
def gone(model: type[ProcessMinute | QueueStep]) -> Iterator[None]:
    """The table is not there: as with a database that refuses to write statistics."""
    table = model._meta.db_table
    with connection.schema_editor() as editor:
        editor.alter_db_table(model, table, "away")
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(model, "away", table)


@pytest.mark.parametrize("seed", range(3))
def test_every_step_adds_up_to_what_processes_told(seed: int) -> None:
    chance = random.Random(seed)
    hour = meter.minute() // 60 * 60 - 600
    by_minute: Counter[int] = Counter()
    everything: list[float] = []
    for _ in range(40):
        minute = hour + chance.randint(0, 119)
        samples = [chance.expovariate(2.0) for _ in range(chance.randint(1, 9))]
        told(minute, samples, failed=1, name=f"worker-{chance.randint(0, 3)}")
        by_minute[minute] += len(samples)
        everything += samples
        if chance.random() < 0.3:
            keep_history()  # in whatever order and in however many parts
    keep_history()

    for step in STEPS:
        wanted: Counter[datetime] = Counter()
        for minute, count in by_minute.items():
            wanted[moment_of(minute * 60 // step * step // 60)] += count
        assert {at: handled for at, handled, _failed in all_of(step)} == wanted
        assert sum(failed for *_rest, failed in all_of(step)) == 40
        points = history(step, since=moment_of(hour), until=timezone.now())
        runtimes = Histogram()
        for point in points:
            runtimes.merge(point.sums.measured.runtimes)
        assert runtimes.count == len(everything)
        assert runtimes.most == pytest.approx(max(everything), abs=1e-5)
    assert keep_history() == 0


def test_schedulers_at_the_same_time_add_every_row_once() -> None:
    minute = meter.minute() - 5
    for number in range(60):
        told(minute, [0.1], name=f"worker-{number}")
    start = threading.Barrier(4)
    added: list[int] = []

    def add() -> None:
        start.wait()
        try:
            added.append(keep_history())
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(added) == 60
    assert [handled for _at, handled, _failed in all_of(MINUTE)] == [60]


def test_what_waits_is_kept_at_its_worst() -> None:
    row = Job.objects.create(name="a", queue=Queue.HIGH)
    put(row, "ready", 300)
    keep_history()
    put(row, "parked", 0)
    keep_history()

    for step in (FIVE_MINUTES, HOUR):
        found = QueueStep.objects.filter(step=step, kind="job").order_by("at").first()
        assert found is not None
        assert found.ready == 1
        assert 299 <= found.oldest < 400
    last = QueueStep.objects.filter(step=HOUR).latest("at")
    assert last.parked == 1


def test_an_idle_minute_costs_two_statements_and_no_row() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert tell_minutes("worker", "worker-0") == 0
        assert keep_history() == 0

    assert len(queries) == 2
    assert not QueueStep.objects.exists()


@pytest.mark.usefixtures("loopback")
def test_the_figures_are_those_of_attempts_receipts_and_jobs() -> None:
    world = make_world()
    with Peer() as peer:
        peer.say("/bad", Behaviour.FAIL)
        good = deliver(post(world), destination(world, peer, "/good"), queue=Queue.HIGH)
        bad = deliver(post(world), destination(world, peer, "/bad"), queue=Queue.NOTIFICATIONS)
        with sending():
            for row in (*good, *bad):
                wait_for_attempts(row, 1)
    for number in range(3):
        world.receive({"id": f"a{number}", "symbol": "BTCUSDT", "side": "buy"})
    publish()
    tell_minutes("worker", "worker-0")
    keep_history()

    receipts = QueueStep.objects.get(step=HOUR, kind="receipt")
    assert receipts.handled == Receipt.objects.filter(due=None, leased_until=None).count() == 3
    attempts = Attempt.objects.all()
    high = QueueStep.objects.get(step=HOUR, kind="delivery", queue=Queue.HIGH)
    late = QueueStep.objects.get(step=HOUR, kind="delivery", queue=Queue.NOTIFICATIONS)
    assert high.handled + late.handled == attempts.count()
    assert (high.failed, late.failed) == (0, attempts.exclude(outcome="accepted").count())
    assert high.memory > 1_000_000


def test_statistics_that_cannot_be_written_wait_and_fail_no_work() -> None:
    world = make_world()
    world.receive({"id": "a", "symbol": "BTCUSDT", "side": "buy"})
    with gone(ProcessMinute):
        publish()
        assert not Receipt.objects.filter(due__isnull=False).exists()
        with pytest.raises(Error):
            tell_minutes("worker", "worker-0")
        connection.close()

    assert tell_minutes("worker", "worker-0") > 0
    with gone(QueueStep):
        with pytest.raises(Error):
            keep_history()
        connection.close()
    assert keep_history() > 0
    assert QueueStep.objects.filter(step=MINUTE, kind="receipt", handled=1).exists()


def test_the_last_minutes_are_told_by_queue_and_by_process() -> None:
    until = meter.minute() - 1
    told(until - 1, [0.1, 0.1], failed=1)
    told(until - 5, [0.1], name="worker-1")
    told(until - 6, [0.1])
    told(until, [0.1])

    found = recent()

    [(place, sums)] = found.places.items()
    assert (place.kind, place.queue) == ("job", Queue.HIGH)
    assert (sums.measured.handled, sums.measured.failed) == (3, 1)
    by_name = {name: one.measured.handled for (_host, name), one in found.processes.items()}
    assert by_name == {"worker-0": 2, "worker-1": 1}


def test_what_is_past_its_time_goes_and_what_was_not_added_yet_stays() -> None:
    told(meter.minute() - 300, [0.1])
    keep_history()
    told(meter.minute() - 300, [0.1])
    told(meter.minute() - 10, [0.1])
    for days in (31, -2):  # an old one, and one of a host whose clock jumped
        told(meter.minute() - days * 1440, [0.1])
        ProcessMinute.objects.filter(fresh=True).exclude(
            at__gt=timezone.now() - timedelta(days=1), at__lt=timezone.now()
        ).update(fresh=None)
        QueueStep.objects.create(
            step=MINUTE, kind="job", queue=1, at=moment_of(meter.minute() - days * 1440)
        )

    prune_queue_history()

    left = ProcessMinute.objects.order_by("at")
    assert [row.fresh for row in left] == [True, True]
    assert {row.step for row in QueueStep.objects.all()} == set(STEPS)
    assert not QueueStep.objects.filter(queue=1).exists()


def test_a_version_is_marked_once_when_it_begins_to_run() -> None:
    assert mark_deploy("1.0", "signalcast up")
    assert not mark_deploy("1.0", "signalcast up")
    assert mark_deploy("1.1", "olga@example.org")
    assert mark_deploy("1.0", "signalcast up")
    DeployMark.objects.update(at=timezone.now() - timedelta(days=40))
    prune_queue_history()

    [mark] = DeployMark.objects.all()
    assert mark.version == "1.0"
    assert running_version().startswith("0.")
