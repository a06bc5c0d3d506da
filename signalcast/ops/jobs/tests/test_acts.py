"""Redrive, cancel and discard: one, some, or all that a filter matches, counted and on record."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import AuditEntry
from signalcast.ops.jobs.act_on_all import act_on_all
from signalcast.ops.jobs.acts import ACTS, BATCH, Act, act_on
from signalcast.ops.jobs.carry_out import carry_out
from signalcast.ops.jobs.find import find
from signalcast.ops.jobs.matching import count_matching, matching
from signalcast.ops.jobs.query import read_query
from signalcast.ops.jobs.rerun import NotFinished, rerun
from signalcast.ops.jobs.tests.made import job, tried
from signalcast.ops.jobs.told import told
from signalcast.work.interrupt import Cancelled
from signalcast.work.models import Job, JobAttempt
from signalcast.work.prune import prune_work
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

OLGA = "olga@example.org"
REDRIVE, CANCEL, DISCARD = ACTS["redrive"], ACTS["cancel"], ACTS["discard"]


def parked(count: int, **fields: object) -> None:
    rows = [
        Job(name="announce", due=None, parked_at="2026-11-01T00:00Z", parked_reason="time out")
        for _ in range(count)
    ]
    Job.objects.bulk_create(rows)
    Job.objects.filter(parked_at__isnull=False).update(**{"queue": 2, **fields})


def audited() -> list[tuple[str, str, int | None]]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", "target", "count"))


def test_each_act_changes_what_it_is_for_and_nothing_else() -> None:
    states = ("waiting", "later", "in-hand", "parked", "failing", "done", "cancelled", "discarded")
    changes = {
        REDRIVE: {"parked": "waiting"},
        DISCARD: {"parked": "discarded"},
        CANCEL: {
            state: "in-hand" if state == "in-hand" else "cancelled"
            for state in ("waiting", "later", "parked", "failing", "in-hand")
        },
    }
    for act, changed in changes.items():
        Job.objects.all().delete()
        made = {state: job(state) for state in states}
        counted = count_matching(read_query(""), act)
        assert (counted.count, counted.exact) == (len(changed), True), act.name

        assert act_on_all(act, read_query(""), upto=counted.upto, by=OLGA) == (len(changed), None)
        for state, row in made.items():
            row.refresh_from_db()
            assert row.state == {"cancelled": "cancelled", "discarded": "discarded"}.get(
                changed.get(state, state), "done" if state == "done" else "waiting"
            ), (act.name, state)
    assert Job.objects.get(cancel_asked_at__isnull=False).leased_until is not None
    assert [entry[2] for entry in audited()] == [1, 1, 5]


def test_all_that_match_are_counted_changed_by_a_job_and_on_record_once() -> None:
    parked(2 * BATCH + 7)
    spared = job("parked", parked_reason="something else")
    query = read_query('state:parked queue:notifications error:"time out"')
    counted = count_matching(query, REDRIVE)
    assert (counted.count, counted.exact) == (2 * BATCH + 7, True)

    count, made = act_on_all(REDRIVE, query, upto=counted.upto, by=OLGA)
    assert count == 0
    assert made is not None
    late = job("parked", queue=2)  # not counted, so not changed
    Job.objects.filter(name="announce", due__isnull=False).update(due=None)
    run_jobs()

    made.refresh_from_db()
    assert made.state == "done"
    assert (made.progress_done, made.progress_total) == (2 * BATCH + 7, 2 * BATCH + 7)
    assert set(Job.objects.filter(parked_at__isnull=False)) == {spared, late}
    asked, done = audited()
    assert asked == ("jobs.redriven_asked", query.text, 2 * BATCH + 7)
    assert done == ("jobs.redriven", query.text, 2 * BATCH + 7)


def columns() -> dict[int, tuple[object, ...]]:
    """What acts change, by job."""
    rows = Job.objects.exclude(name="act_on_jobs").order_by("pk")
    return {row[0]: row[1:] for row in rows.values_list("pk", "state", "due", "parked_at")}


@pytest.mark.parametrize("many", [3, BATCH])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_act_on_all_that_a_minus_leaves_changes_the_rows_of_the_list_and_no_others(
    act: Act, many: int
) -> None:
    parked(many)
    job("parked", queue=1)
    for name, tags in (("prune_work", ""), ("prune_work", "x"), ("announce", "x by-hand")):
        for state in ("parked", "later", "done"):
            job(state, name, tags=tags)
    query = read_query('-name:prune* -tag:by-hand -state:done -error:"never"')
    listed, after = list[int](), "x"
    while after:
        page = find(query, after.strip("x"))
        listed, after = listed + page.ids, page.after
    counted = count_matching(query, act)
    assert (counted.count, counted.exact, len(listed)) == (many + 1, True, many + 1)

    job("parked")  # not counted, so not changed
    before = columns()
    count, made = act_on_all(act, query, upto=counted.upto, by=OLGA)
    assert (count, made is None) == ((many + 1, True) if many < BATCH else (0, False))
    run_jobs()
    after_it = columns()
    assert [pk for pk in reversed(before) if after_it[pk] != before[pk]] == listed
    assert audited()[-1][2] == many + 1


def test_an_act_is_not_offered_for_what_a_minus_takes_away() -> None:
    assert [act.fits(read_query("-state:parked")) for act in ACTS.values()] == [False, True, False]
    assert all(act.fits(read_query("-state:done -name:x")) for act in ACTS.values())
    job("parked")
    assert count_matching(read_query("-state:parked"), REDRIVE).count == 0


def test_no_transaction_changes_more_than_a_batch() -> None:
    parked(3 * BATCH)
    upto = count_matching(read_query(""), DISCARD).upto
    sizes = [len(ids) for ids in matching(read_query(""), DISCARD, upto=upto)]
    assert sum(sizes) == 3 * BATCH
    assert max(sizes) <= BATCH
    ids = list(Job.objects.values_list("pk", flat=True)[:BATCH])
    with CaptureQueriesContext(connection) as queries:
        assert act_on(DISCARD, ids, by=OLGA) == BATCH
    assert len(queries) <= 4  # begin, update, audit, commit
    assert (
        Job.objects.filter(state="discarded", error="time out", parked_reason="").count() == BATCH
    )


def test_a_try_that_takes_over_goes_on_from_the_count_of_the_one_that_died() -> None:
    parked(BATCH + 1)
    upto = count_matching(read_query(""), DISCARD).upto
    _count, made = act_on_all(DISCARD, read_query(""), upto=upto, by=OLGA)
    assert made is not None
    first = next(matching(read_query(""), DISCARD, upto=upto))
    DISCARD.carry_out(first, OLGA)
    Job.objects.filter(pk=made.pk).update(progress_done=len(first))
    run_jobs()

    assert audited()[-1] == ("jobs.discarded", "", BATCH + 1)


def test_two_operators_on_one_job_and_the_second_is_told() -> None:
    row = job("parked")
    assert act_on(REDRIVE, [row.pk], by=OLGA) == 1
    assert act_on(DISCARD, [row.pk], by="oskar@example.org") == 0

    row.refresh_from_db()
    assert row.state == "waiting"
    words = told(row)
    assert f"Nothing was changed: job {row.pk} is waiting by now." in words
    assert "olga@example.org was faster: jobs.redriven at" in words
    assert audited() == [("jobs.redriven", f"job {row.pk}", 1)]


def test_two_operators_at_the_same_time_change_a_job_once() -> None:
    row = job("parked")
    barrier, counts = threading.Barrier(2), list[int]()

    def act() -> None:
        try:
            barrier.wait()
            counts.append(act_on(REDRIVE, [row.pk], by=OLGA))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(counts) == [0, 1]
    assert len(audited()) == 1


def test_a_finished_job_is_done_again_with_the_same_arguments_and_leads_back() -> None:
    row = job("done", arguments={"post": 17}, tags="x", queue=2)
    made = rerun(row, by=OLGA)

    assert (made.arguments, made.queue, made.tags) == ({"post": 17}, 2, f"rerun-of:{row.pk} x")
    assert rerun_of_rerun_tags(made) == f"rerun-of:{made.pk} x"
    with pytest.raises(NotFinished):
        rerun(job("waiting"), by=OLGA)
    with pytest.raises(LookupError):
        rerun(job("done", name="forgotten"), by=OLGA)


def rerun_of_rerun_tags(made: Job) -> str:
    Job.objects.filter(pk=made.pk).update(state="done", finished_at="2026-11-01T00:00Z", due=None)
    made.refresh_from_db()
    return rerun(made, by=OLGA).tags


def test_who_asks_for_it_again_is_who_did_it() -> None:
    row = job("done", "act_on_jobs", arguments={"act": "redrive", "by": OLGA})
    assert rerun(row, by="oskar@example.org").arguments["by"] == "oskar@example.org"


def test_a_job_in_hand_is_never_forgotten_however_old() -> None:
    old = job("in-hand")
    Job.objects.filter(pk=old.pk).update(created_at="2020-01-01T00:00Z")
    tried(old, "running", started_at="2020-01-01T00:00Z")
    prune_work()

    assert list(Job.objects.filter(leased_until__isnull=False)) == [old]
    assert JobAttempt.objects.filter(job=old).exists()


def test_what_is_cancelled_half_way_is_on_record_with_what_it_did() -> None:
    parked(3)
    ids = list(Job.objects.values_list("pk", flat=True))

    def do(batch: Sequence[int]) -> int:
        if batch == ids[2:]:
            raise Cancelled("It was cancelled.")
        return act.carry_out(batch, OLGA)

    act = REDRIVE
    with pytest.raises(Cancelled):
        carry_out([ids[:2], ids[2:]], do, action=act.done, by=OLGA, target="tag:x", total=3)

    assert audited() == [("jobs.redriven", "tag:x", 2)]
    assert AuditEntry.objects.get().details == {"ended_early": True}
    assert Job.objects.filter(parked_at__isnull=False).count() == 1
