"""What runs by the clock is seen, run at once, and laid to rest, on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from signalcast.accounts.models import AuditEntry
from signalcast.ops.jobs.schedules import Line, schedules
from signalcast.ops.jobs.tests.made import browser_of, tried
from signalcast.pipeline import SCHEDULES
from signalcast.portal.tests.cast import text
from signalcast.work.models import Job, Pause
from signalcast.work.pause import pause
from signalcast.work.run_jobs import run_jobs
from signalcast.work.schedule import schedule

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

PAGE = "/ops/queues/schedules/"
HOUR = 3_600


@pytest.fixture
def otto() -> Client:
    return browser_of("operator")


def line_of(name: str) -> Line:
    return {line.name: line for line in schedules()}[name]


def ran(hours_ago: int) -> Job:
    """A run of prune_work by the clock, so long ago."""
    at = int(timezone.now().timestamp()) // HOUR * HOUR - hours_ago * HOUR
    row = Job.objects.create(
        name="prune_work", schedule_run=f"prune_work@{at}", state="done", due=None,
        finished_at=timezone.now(),
    )  # fmt: skip
    moment = timezone.now() - timedelta(hours=hours_ago)
    Job.objects.filter(pk=row.pk).update(created_at=moment)
    tried(row, "done", started_at=moment, finished_at=moment + timedelta(seconds=1 + hours_ago))
    return row


def test_a_schedule_tells_next_last_duration_and_what_was_missed() -> None:
    never = line_of("prune_work")
    assert (never.last, never.took, never.missed) == (None, None, [])

    for hours_ago in (6, 5, 2, 1):
        newest = ran(hours_ago)
    line = line_of("prune_work")
    assert line.last == newest
    assert line.took == timedelta(seconds=2)
    assert line.usual == timedelta(seconds=4.5)
    assert timezone.now() < line.next <= timezone.now() + timedelta(hours=1)
    # Those of four and three hours ago, and this hour's once it is a minute late.
    assert [at for at in line.missed if at < timezone.now() - timedelta(hours=2)] == [
        line.next - timedelta(hours=4),
        line.next - timedelta(hours=5),
    ]


def test_what_runs_in_time_is_not_missed() -> None:
    schedule({})
    run_jobs()
    assert [line.missed for line in schedules()] == [[]] * len(SCHEDULES)
    assert all(line.took is not None for line in schedules())


def test_a_schedule_is_run_now_and_only_once_at_a_time(otto: Client) -> None:
    answer = otto.post(f"{PAGE}prune_work/", {"act": "run"})
    made = Job.objects.get()
    assert answer.headers["Location"] == f"/ops/queues/jobs/{made.pk}/"
    page = otto.post(f"{PAGE}prune_work/", {"act": "run"}, follow=True).content.decode()
    assert "It waits or runs already" in page
    assert Job.objects.count() == 1

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target, entry.details) == (
        "schedules.run", "prune_work", {"job": made.pk},
    )  # fmt: skip


def test_a_schedule_rests_for_a_time_or_until_told_and_goes_on(otto: Client) -> None:
    page = otto.post(f"{PAGE}prune_work/", {"act": "60"}, follow=True).content.decode()
    assert "prune_work rests for 60 minutes." in page
    assert "operator@example.org" in page
    assert Pause.objects.get().until is not None
    page = otto.post(f"{PAGE}prune_work/", {"act": "pause"}, follow=True).content.decode()
    assert "until it is resumed" in page
    assert line_of("prune_work").pause is not None

    page = otto.post(f"{PAGE}prune_work/", {"act": "resume"}, follow=True).content.decode()
    assert "runs by the clock again" in page
    page = otto.post(f"{PAGE}prune_work/", {"act": "resume"}, follow=True).content.decode()
    assert "was not paused any more" in page
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["schedules.paused", "schedules.paused", "schedules.resumed"]


def test_what_is_no_schedule_and_no_act_is_said(otto: Client) -> None:
    for act in ("run", "pause", "60"):
        page = otto.post(f"{PAGE}nothing/", {"act": act}, follow=True).content.decode()
        assert "There is no schedule nothing." in page
    for act in ("", "59", "-1", "explode"):
        page = otto.post(f"{PAGE}prune_work/", {"act": act}, follow=True).content.decode()
        assert "There is no such act." in page
    assert not Job.objects.exists()


def test_programs_read_the_same(otto: Client) -> None:
    ran(1)
    pause("schedule:prune_work", by="olga@example.org")
    told = {one["name"]: one for one in otto.get("/ops/api/schedules").json()["schedules"]}
    assert told.keys() == {planned.job for planned in SCHEDULES}
    assert told["prune_work"]["paused"]
    assert told["prune_work"]["took_seconds"] == 2
    assert "prune_work" in text(otto, PAGE)
