"""Rows as queues: claimed once, in order, given back, taken back, parked."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from signalcast.pipeline import CRASHES_TO_PARK, Queue
from signalcast.work.claim import Claimed, claim, due
from signalcast.work.complete import complete
from signalcast.work.models import Job
from signalcast.work.park import park
from signalcast.work.redrive import redrive
from signalcast.work.release import release
from signalcast.work.renew import renew
from signalcast.work.rescue import rescue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def job(name: str = "a", queue: Queue = Queue.DEFAULT) -> Job:
    return Job.objects.create(name=name, queue=queue)


def lose_lease(row: Claimed) -> None:
    Job.objects.filter(pk=row.id).update(leased_until=Now() - timedelta(seconds=1))


def names(claimed: list[Claimed]) -> list[str]:
    by_id = dict(Job.objects.values_list("pk", "name"))
    return [by_id[row.id] for row in claimed]


def test_the_most_urgent_queue_is_served_first_and_the_oldest_row_within_it() -> None:
    job("notice", Queue.NOTIFICATIONS)
    job("first", Queue.HIGH)
    job("retry", Queue.DEFAULT)
    job("second", Queue.HIGH)
    Job.objects.filter(name="first").update(due=Now() - timedelta(seconds=5))

    assert names(claim(Job, 3)) == ["first", "second", "retry"]
    assert names(claim(Job, 3)) == ["notice"]
    assert claim(Job, 3) == []


def test_a_row_that_is_not_due_yet_is_left_alone() -> None:
    job()
    Job.objects.update(due=Now() + timedelta(hours=1))

    assert not due(Job)
    assert claim(Job, 1) == []


def test_looking_costs_one_statement_when_nothing_is_due() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert not due(Job)

    assert len(queries) == 1


def test_twenty_claimants_at_once_share_the_rows_without_taking_one_twice() -> None:
    Job.objects.bulk_create(Job(name=str(number), queue=Queue.HIGH) for number in range(100))
    taken: list[Claimed] = []
    start = threading.Barrier(20)

    def take() -> None:
        start.wait()
        try:
            while mine := claim(Job, 3):
                taken.extend(mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 100
    assert len({row.id for row in taken}) == 100


def test_a_process_that_lost_its_lease_cannot_complete_what_somebody_else_has() -> None:
    job()
    [stale] = claim(Job, 1)
    lose_lease(stale)
    rescue(Job)
    [fresh] = claim(Job, 1)

    assert complete(Job, [stale], state="wrong") == 0
    assert release(Job, [stale]) == 0
    assert renew(Job, [stale]) == 0
    assert park(Job, [stale], reason="wrong") == 0
    assert complete(Job, [fresh], state="done") == 1
    assert Job.objects.get().state == "done"


def test_a_renewed_lease_is_not_taken_away() -> None:
    job()
    [row] = claim(Job, 1, lease=-1)

    assert renew(Job, [row]) == 1
    assert rescue(Job) == 0
    assert complete(Job, [row]) == 1


def test_a_released_row_is_due_again_when_it_was_asked_to_be() -> None:
    job()
    [row] = claim(Job, 1)
    release(Job, [row], after=3600)

    assert not due(Job)
    assert Job.objects.filter(due__gt=Now() + timedelta(minutes=59)).exists()


def test_a_row_that_takes_its_process_down_every_time_is_parked_and_can_be_redriven() -> None:
    job()
    for _ in range(CRASHES_TO_PARK):
        [row] = claim(Job, 1)
        lose_lease(row)
        assert rescue(Job) == 1

    parked = Job.objects.get()
    assert claim(Job, 1) == []
    assert parked.parked_at is not None
    assert "died 3 times" in parked.parked_reason

    assert redrive(Job, [parked.pk]) == 1
    assert [row.id for row in claim(Job, 1)] == [parked.pk]
    assert Job.objects.get().tries == 0


def test_a_row_that_is_not_parked_cannot_be_redriven() -> None:
    row = job()

    assert redrive(Job, [row.pk]) == 0


def test_an_idle_rescue_costs_one_statement() -> None:
    job()
    with CaptureQueriesContext(connection) as queries:
        assert rescue(Job) == 0

    assert len(queries) == 1


def test_leases_are_by_the_clock_of_the_database() -> None:
    job()
    claim(Job, 1, lease=15)

    left = Job.objects.annotate(left=F("leased_until") - Now()).values_list("left", flat=True)[0]
    assert timedelta(seconds=13) < left <= timedelta(seconds=15)
