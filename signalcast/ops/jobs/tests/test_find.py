"""Jobs are found by everything that is known of them, page by page, whatever they hold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.ops.jobs.created import SLACK, created
from signalcast.ops.jobs.find import SIZE, find
from signalcast.ops.jobs.query import STATES, Query, WrongQuery, read_query
from signalcast.ops.jobs.rows import rows, standing
from signalcast.ops.jobs.tests.made import found, job
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("state", STATES)
def test_each_state_finds_its_own_and_says_so(state: str) -> None:
    made = {one: job(one) for one in STATES}

    ids = set(found(f"state:{state}"))
    # What failed and is due again waits too.
    assert ids == {made[state].pk} | ({made["failing"].pk} if state == "waiting" else set())
    assert standing(made[state]).state == state
    assert {row["standing"].state for row in rows([made[state].pk])} == {state}


def test_jobs_are_found_by_name_queue_tag_error_and_words() -> None:
    one = job("parked", "announce", queue=2, tags="by-hand rerun-of:17")
    two = job("done", "prune_work", queue=1, tags="by-handed")

    for line in (
        "name:announce", "name:ann*", "queue:notifications", "tag:by-hand", "tag:rerun*",
        'error:"time out"', "error:TIME", "announce", "TIME out",
        "state:parked name:announce", "state:parked queue:notifications rerun-of",
        f"id:{one.pk}", f"{one.pk} announce", f"id:{one.pk} state:parked",
    ):  # fmt: skip
        assert found(line) == [one.pk], line
    for line in ("name:announc", "tag:by", "state:parked queue:high", f"id:{two.pk} state:parked"):
        assert found(line) == [], line
    assert found("name:prune_work state:done") == [two.pk]
    assert found("tag:by-hand*") == [two.pk, one.pk]


def test_jobs_are_found_by_what_stands_in_their_arguments() -> None:
    one = job(arguments={"feed": "crypto", "post": 17, "on": True, "in": {"deep": "x y"}})
    job(arguments={"feed": "forex", "post": 18, "on": False, "feed__contains": "crypto"})

    for line in (
        "arg.feed:crypto", "arg.feed:cry*", "arg.post:17", "arg.on:true", 'arg.in.deep:"x y"',
        "arg.feed:crypto arg.post:17 name:announce",
    ):  # fmt: skip
        assert found(line) == [one.pk], line
    # Nothing that somebody writes is a look-up of another kind.
    for line in ("arg.feed__contains:cry", "arg.feed__startswith:c", "arg.post:18 arg.feed:crypto"):
        assert found(line) == [], line


def test_with_a_minus_exactly_those_are_found_that_are_not_found_without() -> None:
    for state in STATES:
        job(state, tags="by-hand", arguments={"feed": "crypto", "in": {"deep": "x y"}})
        job(state, "prune_work", queue=1, arguments={"feed": None})
        job(state, "prune", queue=2, tags="x by-handed", error="No. Time out", arguments={})
    one = job("parked", arguments={"feed": "forex", "in": "flat"})
    everything = set(found(""))

    for line in (
        *(f"state:{state}" for state in STATES),
        "name:prune", "name:prune*", "queue:default", "tag:by-hand", "tag:by*", f"id:{one.pk}",
        'error:"time out"', "error:no.", "arg.feed:crypto", "arg.feed:*", "arg.in.deep:x*",
    ):  # fmt: skip
        with_it, without_it = set(found(line)), set(found(f"-{line}"))
        assert with_it, line
        assert without_it == everything - with_it, line


def test_conditions_with_and_without_a_minus_hold_together() -> None:
    quiet = job("done", "prune_work")
    other = job("done", "prune_signals")
    one = job("parked", tags="by-hand")
    two = job("parked", queue=2)

    for line, expected in (
        ("-name:prune*", [two.pk, one.pk]),
        ("name:prune* -name:prune_work", [other.pk]),
        ("-name:prune_work -name:prune_signals -tag:by-hand", [two.pk]),
        ("-state:done -queue:notifications", [one.pk]),
        ("state:done -name:prune_signals", [quiet.pk]),
        ('state:parked error:"time out" -tag:by-hand', [two.pk]),
        (f"id:{one.pk} -state:parked", []),
        ("state:parked -state:parked", []),
        ("announce -queue:notifications after:1d", [one.pk]),
    ):
        assert found(line) == expected, line


def test_jobs_are_found_by_the_time_they_were_asked_for_although_ids_have_gaps() -> None:
    made = [job() for _ in range(12)]
    for at, one in enumerate(made):
        Job.objects.filter(pk=one.pk).update(created_at=timezone.now() - timedelta(days=30 - at))
    Job.objects.filter(pk__in=[one.pk for one in made[3:6]]).delete()
    day = (timezone.now() - timedelta(days=30 - 7, hours=1)).strftime("%Y-%m-%dT%H:%M:%S")

    assert found(f"after:{day}") == [one.pk for one in reversed(made[7:])]
    assert found(f"before:{day}") == [one.pk for one in reversed(made[:3] + made[6:7])]
    assert found("after:1d") == []
    assert found(f"after:{day} before:{day}") == []
    assert created(timezone.now() - timedelta(days=30 - 7, hours=1), early=False) == (
        made[6].pk + 1 + SLACK
    )


def test_time_is_found_in_few_statements() -> None:
    Job.objects.bulk_create([Job(name="announce") for _ in range(1_000)])
    with CaptureQueriesContext(connection) as queries:
        found("before:1d")
    assert len(queries) < 16


def test_pages_follow_each_other_without_a_gap_or_a_repeat() -> None:
    made = [job("done" if at % 2 else "parked") for at in range(2 * SIZE + 20)]
    for line, expected in (
        ("", made),
        ("state:done", made[1::2]),
        ('state:parked error:"time out"', made[::2]),
        ("-state:done -state:waiting", made[::2]),
        ("-name:prune* state:done", made[1::2]),
    ):
        after, seen, pages = "", list[int](), 0
        while pages == 0 or after:
            page = find(read_query(line), after)
            assert len(page.ids) <= SIZE
            seen, after, pages = seen + page.ids, page.after, pages + 1
            job()  # what comes meanwhile moves nothing
        assert seen == [one.pk for one in reversed(expected)], line


def test_a_search_that_no_index_answers_stops_in_time_and_goes_on_where_it_stopped() -> None:
    Job.objects.bulk_create([Job(name="announce", due=None, state="done") for _ in range(6_000)])
    Job.objects.filter(pk=Job.objects.order_by("pk")[10].pk).update(tags="needle")

    for query in (read_query("needle"), read_query("-name:ann* -tag:x"), read_query("-state:done")):
        with CaptureQueriesContext(connection) as queries:
            page = find(query, seconds=0.0)
        assert (page.ids, page.cut, len(queries)) == ([], True, 2)
        ids, turns = page.ids, 1
        while page.cut:
            page = find(query, page.after, seconds=0.0)
            ids, turns = ids + page.ids, turns + 1
        assert len(ids) == (1 if query.words else 0)
        assert 2 <= turns <= 4


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "9" * 40, "\0", "' OR 1=1", "\u0663"])
def test_an_absurd_cursor_is_refused_with_a_sentence(cursor: str) -> None:
    with pytest.raises(WrongQuery, match="There is no such page"):
        find(Query(), cursor)


def test_a_list_reads_neither_arguments_nor_logs() -> None:
    job(arguments={"text": "x" * 1_000})
    with CaptureQueriesContext(connection) as queries:
        rows(found(""))
    statements = " ".join(query["sql"] for query in queries)
    assert "arguments" not in statements
    assert "jobattempt" not in statements
