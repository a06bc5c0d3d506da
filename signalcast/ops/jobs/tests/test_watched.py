"""Searches that are kept in view: their numbers, what those cost, and who may change them."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import AuditEntry
from signalcast.ops.jobs.count_up_to import count_up_to
from signalcast.ops.jobs.find import WIDEST
from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import read_query
from signalcast.ops.jobs.tests.made import browser_of, job
from signalcast.ops.jobs.watch import NotWatched, unwatch, watch
from signalcast.ops.jobs.watched import MOST, forget_counts, watched
from signalcast.ops.queues.models import LONGEST_NAME, WatchedSearch
from signalcast.portal.tests.cast import text
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

PAGE, WATCH = "/ops/queues/jobs/", "/ops/queues/jobs/watch/"
OLGA = "olga@example.org"


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    forget_counts()


@pytest.fixture
def otto() -> Client:
    return browser_of("operator")


def said(client: Client, path: str, **data: object) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def chips(page: str) -> list[str]:
    """The words of each chip."""
    found = re.findall(r'<a id="watched-\d+".*?</a>', page)
    return [" ".join(re.sub(r"<[^>]*>", " ", one).split()) for one in found]


def test_each_search_has_the_number_of_its_jobs_whatever_it_asks_for() -> None:
    for state in ("parked", "parked", "done", "later"):
        job(state)
    job("parked", "prune_work")
    lines = {"state:parked": 3, "-name:prune* state:parked": 2, "-state:done -state:parked": 1,
             'error:"time out" -name:announce': 1, "name:none": 0, "after:1d": 5}  # fmt: skip
    for line, count in lines.items():
        watch(line, line, by=OLGA)
        assert count_up_to(narrow(read_query(line)), 100, seconds=5.0) == (count, True)

    told = {one.name: (one.query, one.count, one.exact) for one in watched()}
    assert told == {line: (line, count, True) for line, count in lines.items()}


def test_counting_ends_with_a_number_or_with_the_time_and_says_so() -> None:
    Job.objects.bulk_create([Job(name="a", due=None, state="done") for _ in range(WIDEST + 5)])
    for line in ("state:done", "-name:prune*"):
        asked = narrow(read_query(line))
        assert count_up_to(asked, 7, seconds=5.0) == (7, False), line
        assert count_up_to(asked, WIDEST + 5, seconds=5.0) == (WIDEST + 5, True), line
    with CaptureQueriesContext(connection) as queries:
        assert count_up_to(narrow(read_query("-name:prune*")), 10**6, seconds=0.0) == (
            WIDEST, False
        )  # fmt: skip
    assert len(queries) == 2


def test_each_costs_one_statement_or_two_and_for_a_moment_all_cost_one() -> None:
    job()
    for at in range(MOST):
        watch(f"search {at}", f"-name:prune* -tag:x{at}" if at % 2 else f"name:x{at}", by=OLGA)
    with CaptureQueriesContext(connection) as queries:
        first = watched()
    assert len(first) == MOST
    assert len(queries) == 1 + 6 * 1 + 6 * 2
    with CaptureQueriesContext(connection) as queries:
        assert watched() == first
    assert len(queries) == 1


def test_an_operator_watches_a_search_and_stops_on_record(otto: Client) -> None:
    job("parked")
    query = "state:parked -name:prune*"
    assert "Watch this search" not in text(otto, PAGE)
    assert "Watch this search" in text(otto, f"{PAGE}?q={query}")
    page = said(otto, WATCH, q=query, name=" Loud\0  <ones> ")
    assert "Loud &lt;ones&gt; is watched." in page
    assert chips(page) == ["Loud &lt;ones&gt; 1"]
    assert 'aria-current="true">Loud' in page
    assert "Watch this search" not in page
    part = otto.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert chips(part) == chips(page)

    row = WatchedSearch.objects.get()
    assert (row.name, row.query, row.by) == ("Loud <ones>", query, "operator@example.org")
    page = said(otto, f"{WATCH}{row.pk}/remove/", q=query)
    assert "is not watched any more." in page
    assert chips(page) == []
    assert "Nothing was changed" in said(otto, f"{WATCH}{row.pk}/remove/")
    assert "Nothing was changed" in said(otto, f"{WATCH}{10**30}/remove/")
    entries = AuditEntry.objects.order_by("pk").values_list("action", "by", "target", "details")
    assert list(entries) == [
        ("searches.watched", "operator@example.org", "Loud <ones>", {"query": query}),
        ("searches.unwatched", "operator@example.org", "Loud <ones>", {"query": query}),
    ]


def test_after_an_act_the_numbers_are_those_of_the_list(otto: Client) -> None:
    rows = [job("parked") for _ in range(3)]
    watch("parked", "state:parked", by=OLGA)
    assert chips(text(otto, PAGE)) == ["parked 3"]
    page = said(otto, f"{PAGE}act/", act="discard", job=rows[0].pk, sure="yes")
    assert chips(page) == ["parked 2"]
    page = said(otto, f"{PAGE}all/discard/act/", q="state:parked -id:0", upto=rows[2].pk)
    assert chips(page) == ["parked 0"]


def test_support_sees_them_and_can_change_nothing() -> None:
    row = watch("parked", "state:parked", by=OLGA)
    sue = browser_of("support")
    page = text(sue, f"{PAGE}?q=name:x")
    assert chips(page) == ["parked 0"]
    assert "Watch this search" not in page
    assert "Stop watching" not in page
    assert sue.post(WATCH, {"q": "x", "name": "x"}).status_code == 403
    assert sue.post(f"{WATCH}{row.pk}/remove/").status_code == 403
    assert WatchedSearch.objects.get() == row


@pytest.mark.parametrize(
    ("name", "query", "sentence"),
    [
        ("x", "", "The search is empty."),
        ("x", " ", "The search is empty."),
        ("x", "state:lost", "There is no state lost."),
        ("x", "x" * 501, "A search has 500 characters at most."),
        ("", "x", "Give it a name of 1 to 40 characters."),
        (" \0", "x", "Give it a name of 1 to 40 characters."),
        ("n" * (LONGEST_NAME + 1), "x", "Give it a name of 1 to 40 characters."),
        ("known", "x", "A search called known is watched already."),
    ],
)
def test_what_cannot_be_watched_is_answered_with_a_sentence(
    otto: Client, name: str, query: str, sentence: str
) -> None:
    watch("known", "state:parked", by=OLGA)
    answer = otto.post(WATCH, {"q": query, "name": name})
    assert answer.status_code == 302
    assert sentence in text(otto, PAGE)
    assert WatchedSearch.objects.count() == AuditEntry.objects.count() == 1


def test_there_are_never_more_than_twelve(otto: Client) -> None:
    for at in range(MOST - 1):
        watch(f"search {at}", "state:parked", by=OLGA)
    barrier = threading.Barrier(3)
    refused: list[str] = []

    def one_more(name: str) -> None:
        try:
            barrier.wait()
            watch(name, "state:done", by=OLGA)
        except NotWatched as problem:
            refused.append(str(problem))
        finally:
            connection.close()

    threads = [threading.Thread(target=one_more, args=[f"late {at}"]) for at in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["12 searches are watched, and that is all there can be. Stop one."] * 2
    assert WatchedSearch.objects.count() == AuditEntry.objects.count() == MOST
    page = text(otto, f"{PAGE}?q=name:x")
    assert refused[0] in page
    assert 'name="name"' not in page


def test_a_search_that_cannot_be_read_any_more_says_so_and_can_be_removed(otto: Client) -> None:
    row = WatchedSearch.objects.create(name="old", query="class:x", by=OLGA)
    assert chips(text(otto, PAGE)) == ["old cannot be read"]
    assert unwatch(row.pk, by=OLGA) == "old"
    assert watched() == []
