"""The console's numbers are those of the rows."""

from __future__ import annotations

import random
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.ops.health.waits import PLACES
from signalcast.ops.queues.count_rows import Backlog, count_rows, counting
from signalcast.ops.queues.kept import Kept
from signalcast.ops.queues.snapshot import forget_snapshot, snapshot
from signalcast.ops.queues.tests.rows import STATES, put, random_rows
from signalcast.pipeline import Queue
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]
#: Seconds that a slow machine may take between making a row and counting it.
SLOW = 25.0


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_that_of_the_rows_it_counts(seed: int) -> None:
    counts, oldest = random_rows(random.Random(seed), 60)

    found = {backlog.place: backlog for backlog in count_rows()}

    assert list(found) == list(PLACES)
    for place, backlog in found.items():
        told = [backlog.ready, backlog.later, backlog.in_hand, backlog.parked]
        assert told == [counts[place, state] for state in STATES[:4]], place
        age = oldest.get(place, 0)
        assert age - 1 <= backlog.wait <= age + SLOW, place


def test_an_empty_installation_has_nothing_everywhere() -> None:
    assert count_rows() == tuple(Backlog(place) for place in PLACES)


def test_counting_costs_one_statement_for_all_who_look_at_once() -> None:
    row = Job.objects.create(name="a", queue=Queue.HIGH)
    put(row, "ready", 60)
    with CaptureQueriesContext(connection) as queries:
        seen = [snapshot() for _ in range(20)]

    assert len(queries) == 1
    assert {sum(backlog.ready for backlog in one) for one in seen} == {1}

    put(row, "finished", 0)
    forget_snapshot()
    assert not any(backlog.ready for backlog in snapshot())


def test_counting_reads_indexes_of_unfinished_rows_and_never_a_whole_table() -> None:
    explain = {"sqlite": "EXPLAIN QUERY PLAN ", "mysql": "EXPLAIN "}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # else it reads tables that are empty
        cursor.execute(explain.get(connection.vendor, "EXPLAIN ") + counting())
        plan = "\n".join(str(line) for line in cursor.fetchall())
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")

    for kind in ("delivery", "receipt", "job"):
        for which in ("due", "lease", "parked"):
            assert f"{kind}_{which}" in plan, plan
    assert "Seq Scan" not in plan
    for line in plan.splitlines():
        assert "SCAN" not in line or "USING" in line or "UNION" in line, line


def test_while_somebody_counts_the_others_see_the_last_count() -> None:
    counting_now, go_on = threading.Event(), threading.Event()
    answers = iter(range(10))

    def count() -> int:
        answer = next(answers)
        if answer:
            counting_now.set()
            go_on.wait(20)
        return answer

    kept = Kept(count, good_for=0.0)
    assert kept.get() == 0
    slow = threading.Thread(target=kept.get)
    slow.start()
    assert counting_now.wait(20)
    assert [kept.get() for _ in range(5)] == [0] * 5
    go_on.set()
    slow.join()
    assert kept.get() >= 1
