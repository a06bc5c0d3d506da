"""The sender at work: real receivers, a real database, its real loop."""

from __future__ import annotations

import asyncio
import signal as signals
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from signalcast.channels.models import Destination
from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.core.env import process_environment
from signalcast.core.signing import verify
from signalcast.delivery.cancel import cancel
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.tests.outbox import (
    deliver,
    destination,
    fresh,
    hurry,
    post,
    sending,
    signal,
    wait_for_attempts,
    wait_for_state,
)
from signalcast.delivery.tests.world import World
from signalcast.pipeline import Queue
from signalcast.plans.models import Subscription
from signalcast.work.claim import claim
from signalcast.work.complete import complete
from signalcast.work.redrive import redrive
from signalcast.work.rescue import rescue
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_a_delivery_reaches_its_receiver_signed_and_is_recorded(world: World, peer: Peer) -> None:
    to = destination(world, peer)
    [row] = deliver(post(world, signal(world)), to)
    with sending():
        sent = wait_for_state(row, "sent")

    [arrival] = peer.arrivals
    verify([to.secret], arrival.headers, arrival.body, int(timezone.now().timestamp()))
    assert arrival.json["type"] == "signal.published"
    assert arrival.json["data"]["signal"]["symbol"] == "BTCUSDT"
    assert (sent.attempts, sent.maybe_received) == (1, False)
    assert sent.finished_at is not None
    [attempt] = Attempt.objects.filter(delivery=row)
    assert (attempt.outcome, attempt.status) == ("accepted", 200)
    assert abs(attempt.started_at - timezone.now()) < timedelta(seconds=30)


def test_a_failure_is_tried_again_with_the_same_id(world: World, peer: Peer) -> None:
    [row] = deliver(post(world), destination(world, peer))
    peer.say("/hook", plain(500, body=b"oops"), plain(301, "Location: /x"), plain(200))
    with sending():
        [attempt] = wait_for_attempts(row, 1)
        waiting = wait_for_state(row, "retrying")
        assert waiting.queue == Queue.DEFAULT
        hurry()
        wait_for_attempts(row, 2)
        hurry()
        wait_for_state(row, "sent")

    assert len(set(peer.received)) == 1
    assert len(peer.received) == 3
    assert attempt.detail == "It answered 500. oops"
    left = waiting.due - attempt.started_at if waiting.due else timedelta()
    assert timedelta(seconds=3.5) < left < timedelta(seconds=8)


def test_after_the_tenth_attempt_it_is_given_up_with_the_last_error(
    world: World, peer: Peer
) -> None:
    [row] = deliver(post(world), destination(world, peer), attempts=9, state="retrying")
    peer.say("/hook", plain(500))
    with sending():
        gone = wait_for_state(row, "discarded")

    assert gone.reason == "Given up after 10 attempts. It answered 500."
    assert gone.attempts == 10


@pytest.mark.parametrize("behaviour", [Behaviour.DROP, Behaviour.HANG])
def test_no_answer_is_counted_as_maybe_received_and_sent_again(
    world: World, peer: Peer, behaviour: Behaviour
) -> None:
    [row] = deliver(post(world), destination(world, peer))
    peer.say("/hook", behaviour, plain(200))
    with sending():
        assert wait_for_state(row, "retrying").maybe_received
        hurry()
        wait_for_state(row, "sent")

    first, second = peer.received
    assert first == second


def test_nothing_is_sent_once_the_subscription_has_ended(world: World, peer: Peer) -> None:
    [row] = deliver(post(world), destination(world, peer))
    Subscription.objects.update(ends_at=Now())
    with sending():
        gone = wait_for_state(row, "discarded")

    assert gone.reason == "The subscription ended before it was sent."
    assert peer.arrivals == []


def test_a_cancelled_delivery_is_not_sent(world: World, peer: Peer) -> None:
    to = destination(world, peer)
    [row], [other] = deliver(post(world), to), deliver(post(world), to)
    assert cancel([row.pk], reason="A mistake.") == 1
    with sending():
        wait_for_state(other, "sent")

    assert (fresh(row).state, fresh(row).reason) == ("cancelled", "A mistake.")
    assert len(peer.arrivals) == 1


def test_a_sender_that_lost_its_lease_cannot_complete_the_delivery(
    world: World, peer: Peer
) -> None:
    [row] = deliver(post(world), destination(world, peer))
    peer.say("/hook", 1.0)
    with sending():
        wait_for(lambda: peer.arrivals, within=5, message="the request")
        Delivery.objects.update(leased_until=Now() - timedelta(seconds=1))
        with transaction.atomic():  # the sender itself would be glad to take it
            rescue(Delivery, maybe_received=True)
            [mine] = claim(Delivery, 1)
        [attempt] = wait_for_attempts(row, 1)
        now = fresh(row)
        assert (now.state, now.generation) == ("due", mine.generation)
        assert complete(Delivery, [mine], state="sent") == 1

    assert attempt.outcome == "accepted"
    assert fresh(row).maybe_received


def test_a_poisoned_delivery_is_parked_and_holds_up_nobody(world: World, peer: Peer) -> None:
    bad, good = destination(world, peer, "/bad"), destination(world, peer, "/good")
    table = Destination._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET secret = 'x' WHERE id = %s", [bad.pk])  # noqa: S608
    [poisoned] = deliver(post(world), bad)
    [healthy] = deliver(post(world), good)
    with sending():
        wait_for_state(healthy, "sent", within=3)
        wait_for(lambda: fresh(poisoned).parked_at, within=10, message="it to be parked")
        parked = fresh(poisoned)
        Destination.objects.filter(pk=bad.pk).update(secret="")
        assert redrive(Delivery, [poisoned.pk]) == 1
        wait_for_state(poisoned, "sent")

    assert parked.tries == 3
    assert "fits none of SIGNALCAST_ENCRYPTION_KEYS" in parked.parked_reason
    assert len(peer.at("/good")) == 1


def test_a_delivery_of_a_deleted_destination_is_discarded(world: World, peer: Peer) -> None:
    to = destination(world, peer)
    [row], [other] = deliver(post(world), to), deliver(post(world), destination(world, peer, "/b"))
    Destination.objects.filter(pk=to.pk)._raw_delete("default")
    with sending():
        wait_for_state(other, "sent")
        assert (
            wait_for_state(row, "discarded").reason
            == "Its destination was deleted before it was sent."
        )


def test_in_bulk_a_delivery_costs_a_tenth_of_a_statement(world: World, sink: str) -> None:
    count = 3_000
    made = post(world, signal(world))
    owner = world.alice.owner
    Destination.objects.bulk_create(
        Destination(owner=owner, kind="webhook", address=f"{sink}/{number}")
        for number in range(count)
    )
    Delivery.objects.bulk_create(
        Delivery(post=made, destination=each, signal_id=made.signal_id, number=1)
        for each in Destination.objects.filter(owner=owner, address__startswith=sink)
    )
    statements: list[str] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        statements.append(sql)
        return execute(sql, params, many, context)

    with sending() as sender:
        asyncio.run(sender._in_thread(lambda: connection.execute_wrappers.append(note)))
        wait_for(
            lambda: Delivery.objects.filter(state="sent").count() == count,
            within=60,
            message="all of them to be sent",
        )

    # Beside what Django executes: BEGIN and COMMIT, and the insert of attempts, for each update.
    updates = sum(sql.startswith("UPDATE") for sql in statements)
    assert len(statements) + 3 * updates <= 0.1 * count


@pytest.fixture
def sink(loopback: None, tmp_path: Path) -> Iterator[str]:
    """A receiver in a process of its own, as quick as can be."""
    file = tmp_path / "port"
    process = subprocess.Popen([sys.executable, "-m", "bench.sink", str(file)])
    try:
        wait_for(lambda: file.exists() and file.read_text(), within=20, message="the sink")
        yield f"http://127.0.0.1:{file.read_text()}"
    finally:
        process.terminate()
        process.wait(10)


def test_sigterm_lets_the_request_in_flight_end_and_gives_the_rest_back(
    world: World, peer: Peer
) -> None:
    slow = destination(world, peer, "/slow")
    peer.say("/slow", 1.0)
    rows = [row for _ in range(10) for row in deliver(post(world), slow)]
    settings = connection.settings_dict
    name, options = settings["NAME"], settings["OPTIONS"]
    url = {
        "sqlite": f"sqlite:///{name}",
        "postgresql": f"postgresql://postgres@/{name}?host={options.get('host')}",
        "mysql": f"mysql://root@localhost/{name}?unix_socket={options.get('unix_socket')}",
    }[connection.vendor]
    process = subprocess.Popen(
        [sys.executable, "-m", "signalcast.cli", "sender"],
        env=process_environment()
        | {"DATABASE_URL": url, "SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: peer.arrivals, within=20, message="the first requests")
        process.send_signal(signals.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()

    states = [fresh(row).state for row in rows]
    assert states.count("sent") == len(peer.arrivals) == 4
    assert states.count("due") == 6
    assert not Delivery.objects.filter(leased_until__isnull=False).exists()
    assert Delivery.objects.filter(state="due", due__lte=Now() + timedelta(seconds=2)).count() == 6
    assert not Delivery.objects.filter(attempts__gt=F("generation")).exists()
