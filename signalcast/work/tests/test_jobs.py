"""Jobs run once each, are written once by the clock, and never stand in a signal's way."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import IdempotencyKey, Receipt
from signalcast.pipeline import SCHEDULES
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs
from signalcast.work.schedule import schedule

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def keys(*, expired: int, current: int) -> None:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    source = Source.objects.create(slug="desk", feed=feed, token_digest=token_digest("token"))
    receipt = Receipt.objects.create(source=source, door="typed", body=b"{}", due=None)
    for number in range(expired + current):
        ends = timezone.now() + timedelta(days=-1 if number < expired else 1)
        IdempotencyKey.objects.create(
            source=source, key=f"i:{number}", receipt_id=receipt.pk, expires_at=ends
        )


def test_expired_idempotency_keys_are_pruned_and_current_ones_kept() -> None:
    keys(expired=5, current=2)
    schedule({})
    taken = 0
    while turn := run_jobs():  # each as long as signals may wait for it
        taken += turn

    assert taken == len(SCHEDULES)
    assert IdempotencyKey.objects.count() == 2
    job = Job.objects.get(name="prune_idempotency_keys")
    assert (job.state, job.due, job.leased_until) == ("done", None, None)


def test_many_schedulers_write_one_run() -> None:
    barrier = threading.Barrier(4)

    def look() -> None:
        try:
            barrier.wait()
            schedule({})
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Job.objects.count() == len(SCHEDULES)


def test_a_scheduler_that_knows_its_runs_asks_nothing() -> None:
    seen: dict[str, str] = {}
    schedule(seen)
    with CaptureQueriesContext(connection) as queries:
        assert schedule(seen) == 0
    assert len(queries) == 0


def test_a_job_that_fails_three_times_is_parked_with_its_reason() -> None:
    job = Job.objects.create(name="no_such_job")
    for _ in range(3):
        run_jobs()
        Job.objects.filter(due__isnull=False).update(due=timezone.now() - timedelta(seconds=1))

    job.refresh_from_db()
    assert job.parked_at is not None
    assert "no job is called 'no_such_job'" in job.parked_reason


def test_a_job_that_fails_does_not_keep_the_next_from_running() -> None:
    Job.objects.create(name="no_such_job")
    schedule({})
    run_jobs()

    assert Job.objects.filter(state="done").count() == len(SCHEDULES)
