"""What the rescuer finds without any bell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.delivery.watch import watch
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.work.claim import claim
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NEW = {"id": "a", "symbol": "BTCUSDT", "side": "buy"}
LONG_AGO = timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_look_that_finds_nothing_costs_a_statement_for_each_kind_of_row(world: World) -> None:
    world.receive(NEW)
    publish()
    with CaptureQueriesContext(connection) as queries:
        watch()
    assert len(queries) <= 4


def test_a_receipt_that_no_bell_was_rung_for_is_published(world: World) -> None:
    receipt = world.receive(NEW)
    Receipt.objects.update(due=timezone.now() - LONG_AGO)
    watch()

    receipt.refresh_from_db()
    assert receipt.state == ReceiptState.DECIDED
    assert Delivery.objects.count() == 1


def test_a_receipt_in_the_hands_of_a_dead_process_is_taken_over(world: World) -> None:
    receipt = world.receive(NEW)
    claim(Receipt, 1)
    Receipt.objects.update(leased_until=timezone.now() - LONG_AGO)
    watch()

    receipt.refresh_from_db()
    assert (receipt.state, receipt.tries) == (ReceiptState.DECIDED, 1)


def test_a_delivery_in_the_hands_of_a_dead_sender_may_have_been_received(world: World) -> None:
    world.receive(NEW)
    publish()
    claim(Delivery, 1)
    Delivery.objects.update(leased_until=timezone.now() - LONG_AGO)
    watch()

    delivery = Delivery.objects.get()
    assert delivery.maybe_received
    assert delivery.due is not None
    assert delivery.tries == 1


def test_jobs_run_although_there_is_no_broker_and_no_worker(world: World) -> None:
    Job.objects.create(name="prune_idempotency_keys", due=timezone.now() - LONG_AGO)
    watch()

    assert Job.objects.get().state == "done"
