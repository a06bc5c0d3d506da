"""The pages of jobs: who sees and does what, whatever the jobs hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from django.test import Client

from signalcast.accounts.models import AuditEntry
from signalcast.core import events
from signalcast.ops.jobs.acts import BATCH
from signalcast.ops.jobs.tests.made import browser_of, job, tried
from signalcast.pipeline import JOBS
from signalcast.portal.tests.cast import text
from signalcast.work.models import Job, ProcessBeat
from signalcast.work.progress import progress
from signalcast.work.run_jobs import run_jobs

pytestmark = pytest.mark.django_db(transaction=True)

PAGE, API = "/ops/queues/jobs/", "/ops/api/jobs"
MEGABYTE = 1_000_000


@pytest.fixture
def otto() -> Client:
    return browser_of("operator")


@pytest.fixture
def sue() -> Client:
    return browser_of("support")


class Unspeakable(Exception):
    """Raises when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def misbehave(**_ignored: object) -> None:
    events.emit("gate.opened", token="tell-nobody", address="https://u:tell-nobody@example.org/")
    progress(3, 7, "at the gate")
    raise Unspeakable


@pytest.fixture
def misbehaving() -> Iterator[None]:
    """A job that logs a secret and fails without words."""
    JOBS["misbehave"] = f"{__name__}:misbehave"
    yield
    del JOBS["misbehave"]


def said(client: Client, path: str, **data: object) -> str:
    answer = client.post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_of_fifty_jobs_is_small_whatever_they_hold(otto: Client) -> None:
    for _ in range(60):
        row = job("parked", arguments={"text": "x" * MEGABYTE}, tags="t" * 200)
        Job.objects.filter(pk=row.pk).update(error="e" * 16_000, parked_reason="r" * 16_000)
        tried(row, error="e" * 16_000, log="l" * 64_000)

    answer = otto.get(API)
    assert len(answer.json()["jobs"]) == 50
    assert len(answer.content) < 100_000
    page = otto.get(PAGE)
    assert page.content.count(b'name="job"') == 50
    assert len(page.content) < 100_000


@pytest.mark.usefixtures("misbehaving")
def test_a_job_that_fails_without_words_and_logs_a_secret_is_shown_without_it(
    otto: Client,
) -> None:
    row = job("waiting", "misbehave", arguments={"api_key": "tell-nobody", "<b>": "<i>"})
    for _ in range(3):
        run_jobs()
        Job.objects.filter(pk=row.pk, parked_at=None).update(due="2026-11-01T00:00Z")

    page = text(otto, f"{PAGE}{row.pk}/")
    assert page.count("Unspeakable") >= 3
    assert page.count("gate.opened") == 3
    assert "at the gate" in page
    assert "parked" in page
    assert "&lt;b&gt;" in page
    listed = text(otto, f"{PAGE}?q=Unspeakable")
    assert f"{PAGE}{row.pk}/" in listed
    answers = [
        page,
        listed,
        text(otto, f"{PAGE}{row.pk}/arguments/"),
        text(otto, f"{API}/{row.pk}"),
    ]
    assert not [answer for answer in answers if "tell-nobody" in answer]


def test_large_arguments_and_logs_are_cut_with_the_whole_at_hand(otto: Client) -> None:
    row = job(arguments={"text": "x" * MEGABYTE, "password": "tell-nobody"})
    attempt = tried(row, log="first line\n" + "l" * 60_000 + "\nlast line")
    page = text(otto, f"{PAGE}{row.pk}/")

    assert len(page) < 30_000
    assert "last line" in page
    assert "first line" not in page
    whole = otto.get(f"{PAGE}{row.pk}/arguments/")
    assert whole["Content-Type"] == "text/plain; charset=utf-8"
    assert whole.content.count(b"x") >= MEGABYTE
    assert b"tell-nobody" not in whole.content
    assert "first line" in text(otto, f"{PAGE}{row.pk}/attempts/{attempt.pk}/log/")
    other = job()
    text(otto, f"{PAGE}{other.pk}/attempts/{attempt.pk}/log/", status=404)


def test_a_job_in_hand_shows_its_progress_and_its_process_and_renews_itself(otto: Client) -> None:
    row = job("in-hand", progress_done=3, progress_total=7, progress_words="at the gate")
    Job.objects.filter(pk=row.pk).update(created_at="2020-01-01T00:00Z")
    tried(row, "running", started_at="2020-01-01T00:00Z")
    ProcessBeat.objects.create(host="h", role="worker", name="worker-3", pid=1)

    page = text(otto, f"{PAGE}{row.pk}/")
    assert "3 / 7" in page
    assert "worker-3" in page
    assert "hx-trigger" in page
    part = otto.get(f"{PAGE}{row.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "at the gate" in part
    assert "<html" not in part
    assert f"{PAGE}{row.pk}/" in text(otto, f"{PAGE}?q=state:in-hand")
    done = job("done")
    assert "hx-trigger" not in text(otto, f"{PAGE}{done.pk}/")
    # The number that tells htmx to ask no more.
    assert otto.get(f"{PAGE}{done.pk}/", headers={"HX-Request": "true"}).status_code == 286


def test_support_looks_and_does_not_act_and_others_see_nothing(sue: Client) -> None:
    row = job("parked")
    pages = (PAGE, f"{PAGE}{row.pk}/", f"{PAGE}{row.pk}/arguments/", "/ops/queues/schedules/",
             "/ops/queues/fan-outs/", "/ops/queues/parked/", API, f"{API}/{row.pk}",
             "/ops/api/schedules", "/ops/api/fan-outs")  # fmt: skip
    acts = (f"{PAGE}act/", f"{PAGE}all/redrive/act/", f"{PAGE}{row.pk}/redrive/",
            "/ops/queues/schedules/prune_work/", "/ops/queues/parked/redrive/",
            f"{API}/redrive")  # fmt: skip
    for path in pages:
        page = text(sue, path)
        assert "Redrive" not in page, path
        assert "Run now" not in page, path
    for role in ("analyst", "subscriber"):
        somebody = browser_of(role)
        for path in pages:
            assert somebody.get(path).status_code == 403, path
        for path in acts:
            assert somebody.post(path).status_code == 403, path
    for path in acts:
        assert sue.post(path, {"act": "run"}).status_code == 403, path
        assert Client().post(path).status_code == 302, path
    assert sue.get(f"{PAGE}all/redrive/").status_code == 403
    assert Client().get(PAGE).status_code == 302
    row.refresh_from_db()
    assert row.parked_at is not None
    assert not AuditEntry.objects.exists()


def test_what_is_ticked_is_redriven_and_on_record(otto: Client) -> None:
    rows = [job("parked") for _ in range(3)]
    chosen = [rows[0].pk, rows[1].pk, "nonsense", 10**30]
    asked = said(
        otto, f"{PAGE}act/", act="redrive", job=[*chosen, job("done").pk], q="state:parked"
    )
    assert "Redrive 2 jobs?" in asked
    assert asked.count('name="job"') == 3
    assert "1 other that was ticked is not in a state" in asked
    assert not AuditEntry.objects.exists()
    page = said(otto, f"{PAGE}act/", act="redrive", job=chosen, q="state:parked", sure="yes")

    assert "2 jobs are due again." in page
    assert f"{PAGE}{rows[2].pk}/" in page
    assert f"{PAGE}{rows[0].pk}/" not in page
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.count) == (
        "jobs.redriven", "operator@example.org", 2,
    )  # fmt: skip
    assert "Nothing was ticked." in said(otto, f"{PAGE}act/", act="redrive", q="")
    assert "no such act" in said(otto, f"{PAGE}act/", act="explode", job=rows[2].pk)
    many = list(range(1, BATCH + 2))
    assert f"Tick {BATCH} at most" in said(otto, f"{PAGE}act/", act="redrive", job=many)


def test_all_that_match_are_counted_before_and_told_after(otto: Client) -> None:
    for _ in range(3):
        job("parked", name="prune_work")
    job("parked")
    answer = otto.post(f"{PAGE}act/", {"act": "discard:all", "q": "name:prune_work"}, follow=True)
    page = answer.content.decode()
    assert "Discard 3 jobs?" in page
    assert "<code>name:prune_work</code>" in page
    upto = re.search(r'name="upto" value="(\d+)"', page)
    assert upto is not None
    late = job("parked", name="prune_work")

    page = said(otto, f"{PAGE}all/discard/act/", q="name:prune_work", upto=upto[1])
    assert "3 jobs are discarded." in page
    assert Job.objects.filter(parked_at__isnull=False).count() == 2
    late.refresh_from_db()
    assert late.state == "waiting"
    again = said(otto, f"{PAGE}all/discard/act/", q="name:none", upto=upto[1])
    assert "nothing matches any more" in again
    assert "look at how many" in said(otto, f"{PAGE}all/discard/act/", q="", upto="x")


def test_a_filter_that_matches_thousands_is_left_to_a_job_with_its_own_page(otto: Client) -> None:
    rows = [Job(name="announce", due=None, parked_at="2026-11-01T00:00Z") for _ in range(4_500)]
    Job.objects.bulk_create(rows, batch_size=2_000)
    page = text(otto, f"{PAGE}all/cancel/?q=state:parked")
    assert "Cancel 4500 jobs?" in page
    assert "A job does it in small steps" in page

    upto = Job.objects.latest("pk").pk
    page = said(otto, f"{PAGE}all/cancel/act/", q="state:parked", upto=upto)
    assert "A job does it. Here is how far it is." in page
    run_jobs()
    assert Job.objects.filter(state="cancelled").count() == 4_500
    made = Job.objects.get(name="act_on_jobs")
    assert "4500 / 4500" in text(otto, f"{PAGE}{made.pk}/")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "count")) == [
        ("jobs.cancelled_asked", 4_500),
        ("jobs.cancelled", 4_500),
    ]


def test_the_second_of_two_operators_is_told_what_the_first_did(otto: Client) -> None:
    row = job("parked")
    assert "1 job is due again." in said(otto, f"{PAGE}{row.pk}/redrive/")
    olga = browser_of("owner")
    page = said(olga, f"{PAGE}{row.pk}/discard/")

    assert f"Nothing was changed: job {row.pk} is waiting by now." in page
    assert "operator@example.org was faster: jobs.redriven" in page
    text(olga, f"{PAGE}999999/", status=404)
    assert olga.post(f"{PAGE}999999/redrive/", follow=True).status_code == 404


def test_a_finished_job_is_done_again_from_its_page(otto: Client) -> None:
    row = job("done")
    page = said(otto, f"{PAGE}{row.pk}/rerun/")
    made = Job.objects.latest("pk")
    assert "This is the new job" in page
    assert f'href="{PAGE}{row.pk}/"' in page
    assert f'href="{PAGE}{made.pk}/"' in text(otto, f"{PAGE}{row.pk}/")
    assert "still to be done" in said(otto, f"{PAGE}{made.pk}/rerun/")
    assert "Nothing here does jobs" in said(otto, f"{PAGE}{job('done', 'gone').pk}/rerun/")
    assert otto.post(f"{PAGE}999999/rerun/").status_code == 404
    assert "no such act" in said(otto, f"{PAGE}{row.pk}/explode/")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("q=class:x", "There is no qualifier class:."),
        ("q=after:2026-02-30", "cannot be read. Write 10m"),
        ("q=" + "x" * 2_000, "A search has 500 characters at most."),
        ("after=nonsense", "There is no such page."),
        ("after=" + "9" * 5_000, "There is no such page."),
        ("q=%00&after=%00%FF", "There is no such page."),
    ],
)
def test_what_cannot_be_read_is_answered_with_a_sentence(
    otto: Client, query: str, sentence: str
) -> None:
    row = job("done")
    page = text(otto, f"{PAGE}?{query}", status=422)
    assert sentence in page
    answer = otto.get(f"{API}?{query}")
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert sentence in answer.json()["detail"]
    assert f"{PAGE}{row.pk}/" in page


@pytest.mark.parametrize("pk", ["0", "9" * 25, "9" * 5_000])
def test_an_absurd_number_is_no_job(otto: Client, pk: str) -> None:
    text(otto, f"{PAGE}{pk}/", status=404)
    assert otto.post(f"{PAGE}{pk}/redrive/").status_code == 404
    # With too many digits to be a number it is taken for an act.
    assert otto.get(f"{API}/{pk}").status_code == (405 if len(pk) > 4_000 else 404)
    page = said(otto, f"{PAGE}act/", act="redrive", job=pk, q="", sure="yes")
    assert ("There is no job 0." if pk == "0" else "Nothing was ticked.") in page


def test_programs_list_look_and_act_with_the_same_rights(otto: Client) -> None:
    rows = [job("parked", arguments={"post": 17, "token": "tell-nobody"}) for _ in range(3)]
    listed = otto.get(API, {"q": "arg.post:17"}).json()
    assert [one["id"] for one in listed["jobs"]] == [row.pk for row in reversed(rows)]
    assert listed["complete"]
    one = otto.get(f"{API}/{rows[0].pk}").json()
    assert (one["state"], one["arguments"]) == ("parked", {"post": 17, "token": "[hidden]"})

    assert otto.post(f"{API}/redrive", {"job": rows[0].pk}).json()["count"] == 1
    again = otto.post(f"{API}/redrive", {"job": rows[0].pk})
    assert (again.status_code, again.json()["count"]) == (409, 0)
    assert "was faster" in again.json()["words"]
    asked = otto.post(f"{API}/discard", {"q": ""})
    assert (asked.status_code, asked.json()["count"]) == (409, 2)
    assert otto.post(f"{API}/discard", {"q": "", "count": 2}).json() == {"count": 2, "job": None}
    assert otto.post(f"{API}/explode", {"q": ""}).status_code == 404
    assert otto.post(f"{API}/redrive").status_code == 422
    assert json.loads(otto.post(f"{API}/redrive", {"q": "state:x"}).content)["status"] == 422
