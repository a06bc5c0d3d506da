"""The two worst queries of the job pages use an index and stop early, whatever the history.

The worst page: jobs that are in a rare state among millions of finished ones. The worst search:
words that no index knows, for which each statement reads a window of rows and no more.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from signalcast.core.among import among
from signalcast.ops.jobs.find import SIZE, WINDOW
from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import read_query
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

#: Rows of history: enough for engines to see that reading all is dear.
HISTORY = 20_000
RARE = 100
AT = "2026-11-01T00:00Z"
#: The lists, and the indexes that may answer them. The second of two leaves some rows to sort.
LISTS = {
    "state:parked": ("job_parked_id", "job_parked"),
    "state:in-hand": ("job_lease_id", "job_lease"),
    "state:waiting": ("job_due_id", "job_due"),
    "state:later": ("job_due_id", "job_due"),
    "state:failing": ("job_due_id", "job_due"),
    "name:none": ("job_name",),
    "name:none state:cancelled": ("job_name_state", "job_state"),
    "state:cancelled": ("job_state",),
    "queue:high": ("job_queue",),
}


@pytest.fixture
def history() -> None:
    """Finished jobs, a few others at their beginning, and what engines want to know of them."""
    finished = [
        Job(name=f"job_{at % 5}", queue=at % 3, due=None, state="done", finished_at=AT)
        for at in range(HISTORY)
    ]
    Job.objects.bulk_create(finished, batch_size=2_000)
    ids = list(Job.objects.order_by("pk").values_list("pk", flat=True)[: 3 * RARE])
    for at, column in enumerate(("parked_at", "leased_until", "due")):
        some = Job.objects.filter(pk__in=ids[at * RARE : (at + 1) * RARE])
        some.update(**{column: AT, "state": "waiting", "finished_at": None})
    statement = {"postgresql": "VACUUM ANALYZE work_job", "mysql": "ANALYZE TABLE work_job"}
    if connection.vendor in statement:
        with connection.cursor() as cursor:
            cursor.execute(statement[connection.vendor])


def assert_frugal(rows: QuerySet[Any, Any], indexes: tuple[str, ...], *, sorts: int) -> None:
    """ROWS come along an index. SORTS is how many are sorted at most."""
    said = rows.explain()
    if connection.vendor == "mysql":  # no partial indexes there: it chooses among whole ones
        assert "job_" in said or "PRIMARY" in said, said
        return
    assert any(index in said for index in indexes), said
    assert "Seq Scan" not in said, said
    assert "SCAN work_job USING" in said or "SCAN" not in said, said
    if "Sort" in said or "TEMP B-TREE" in said:
        assert rows.count() <= sorts, said


@pytest.mark.wide
@pytest.mark.usefixtures("history")
def test_each_list_goes_along_one_index_and_sorts_no_history() -> None:
    newest = Job.objects.order_by("-pk").values_list("pk", flat=True)[:1].get()
    for line, indexes in LISTS.items():
        rows = narrow(read_query(line)).candidates.order_by("-pk").values_list("pk", flat=True)
        for some in (rows, rows.filter(pk__lt=newest)):
            assert_frugal(some[: SIZE + 1], indexes, sorts=RARE)


@pytest.mark.wide
@pytest.mark.usefixtures("history")
def test_a_search_that_no_index_knows_reads_a_window_by_its_keys_and_no_more() -> None:
    line = 'state:done error:"time out" announce queue:high -name:prune* -state:parked -arg.a:b'
    narrowed = narrow(read_query(line))
    candidates = narrowed.candidates.order_by("-pk").values_list("pk", flat=True)
    assert_frugal(candidates[:WINDOW], ("job_state",), sorts=0)

    ids = narrowed.window(None, WINDOW)
    assert len(ids) == WINDOW
    assert narrowed.rest is not None
    rows = narrowed.rest.filter(among(Job, ids)).order_by("-pk").values_list("pk", flat=True)
    keys = ("work_job_pkey", "rowid=?")
    assert_frugal(rows[: SIZE + 1], keys, sorts=WINDOW)
