"""Every try of a job is on record: how it ended, what it said, how far it came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from signalcast.core import events
from signalcast.pipeline import JOB_LIMITS, JOBS, Queue
from signalcast.work.cancel import cancel
from signalcast.work.discard import discard
from signalcast.work.models import Job, JobAttempt
from signalcast.work.pause import pause
from signalcast.work.progress import progress
from signalcast.work.record_lost import record_lost
from signalcast.work.redrive import redrive
from signalcast.work.rescue import rescue
from signalcast.work.resume import resume
from signalcast.work.run_jobs import run_jobs
from signalcast.work.run_now import run_now
from signalcast.work.schedule import schedule
from tests.waiting import wait_for

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

HERE = "signalcast.work.tests.test_attempts"
Outcome = JobAttempt.Outcome


class Unspeakable(Exception):
    """Raises when it is asked what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def talk() -> None:
    events.emit("talk.begun", figure=7)
    progress(2, 3, "half way")


def fail() -> None:
    raise ValueError("wrong number")


def tell_a_secret() -> None:
    events.emit("secret.told", token="tell-nobody")
    raise ValueError("https://user:tell-nobody@example.org/")


def fail_without_words() -> None:
    raise Unspeakable


def wait_long() -> None:
    progress(1, 2, "waiting")
    threading.Event().wait(30)


def hide_from_exceptions() -> None:
    try:
        threading.Event().wait(30)
    except Exception:
        events.emit("hidden")


def outlive_the_lease(job: int) -> None:
    Job.objects.filter(pk=job).update(leased_until=timezone.now() - timedelta(seconds=1))
    rescue(Job, record=record_lost)
    threading.Event().wait(0.1)


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """The jobs of these tests, in the table like any others."""
    made = (
        talk,
        fail,
        tell_a_secret,
        fail_without_words,
        wait_long,
        hide_from_exceptions,
        outlive_the_lease,
    )
    JOBS.update({one.__name__: f"{HERE}:{one.__name__}" for one in made})
    yield
    for one in made:
        del JOBS[one.__name__]
        JOB_LIMITS.pop(one.__name__, None)


def ask(what: Callable[..., None], **arguments: object) -> Job:
    return Job.objects.create(name=what.__name__, arguments=arguments)


def run(job: Job) -> JobAttempt:
    run_jobs()
    job.refresh_from_db()
    return job.attempts.latest("pk")


def meanwhile(what: Callable[[], object]) -> threading.Thread:
    def do() -> None:
        try:
            what()
        finally:
            connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    return thread


def test_an_attempt_keeps_what_was_logged_and_how_far_it_came() -> None:
    job = ask(talk)
    attempt = run(job)

    assert (attempt.outcome, job.state) == (Outcome.DONE, "done")
    assert "talk.begun figure=7" in attempt.log
    assert (job.progress_done, job.progress_total, job.progress_words) == (2, 3, "half way")
    assert attempt.finished_at is not None
    assert attempt.finished_at >= attempt.started_at


def test_each_failure_is_kept_with_its_traceback() -> None:
    job = ask(fail)
    for _ in range(3):
        run(job)
        Job.objects.filter(due__isnull=False).update(due=timezone.now() - timedelta(seconds=1))

    attempts = list(job.attempts.all())
    assert [one.outcome for one in attempts] == [Outcome.FAILED] * 3
    assert all("test_attempts.py" in one.error for one in attempts)
    assert job.parked_reason == "It failed 3 times: ValueError: wrong number"


def test_an_error_that_cannot_say_what_it_is_is_kept_all_the_same() -> None:
    attempt = run(ask(fail_without_words))

    assert attempt.outcome == Outcome.FAILED
    assert "Unspeakable" in attempt.error


def test_no_secret_is_kept_of_a_try() -> None:
    job = ask(tell_a_secret)
    attempt = run(job)

    assert "secret.told" in attempt.log
    assert "tell-nobody" not in attempt.log + attempt.error + job.error


@pytest.mark.parametrize("what", [wait_long, hide_from_exceptions])
def test_a_job_is_stopped_when_its_time_is_up(what: Callable[[], None]) -> None:
    JOB_LIMITS[what.__name__] = 0.1
    job = ask(what)
    began = time.monotonic()
    attempt = run(job)

    assert time.monotonic() - began < 5
    assert attempt.outcome == Outcome.TIMED_OUT
    assert "It took over 0.1 s." in attempt.error
    assert job.due is not None


@pytest.mark.wide
def test_a_job_in_hand_ends_soon_after_it_is_cancelled() -> None:
    job = ask(wait_long)

    def ask_for_its_end() -> None:
        wait_for(lambda: Job.objects.get().leased_until is not None, within=5, message="a claim")
        assert cancel([job.pk], by="olga@example.org") == (0, 1)

    asker = meanwhile(ask_for_its_end)
    attempt = run(job)
    asker.join()

    assert (attempt.outcome, job.state, job.due) == (Outcome.CANCELLED, "cancelled", None)
    assert job.progress_words == "waiting"


def test_a_waiting_job_is_cancelled_at_once_and_a_finished_one_never() -> None:
    waiting, done = ask(talk), ask(talk)
    run(done)
    Job.objects.filter(pk=waiting.pk).update(
        state="waiting", due=timezone.now() - timedelta(seconds=1), finished_at=None
    )

    assert cancel([waiting.pk, done.pk], by="olga@example.org") == (1, 0)
    assert run_jobs() == 0
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled", "done"}


def test_who_lost_the_lease_completes_nothing() -> None:
    job = ask(outlive_the_lease)
    Job.objects.filter(pk=job.pk).update(arguments={"job": job.pk})
    run_jobs()

    outcomes = set(job.attempts.values_list("outcome", flat=True))
    job.refresh_from_db()
    assert outcomes == {Outcome.LOST}
    assert job.state == "waiting"


def test_a_parked_job_is_discarded_or_tried_again() -> None:
    jobs = [ask(talk), ask(talk)]
    Job.objects.update(parked_at=timezone.now(), parked_reason="It crashed.", due=None)

    assert discard([jobs[0].pk], by="olga@example.org") == 1
    assert discard([jobs[0].pk], by="olga@example.org") == 0
    assert redrive(Job, [one.pk for one in jobs]) == 1
    assert run(jobs[1]).outcome == Outcome.DONE
    jobs[0].refresh_from_db()
    assert (jobs[0].state, jobs[0].error) == ("discarded", "It crashed.")


def test_a_paused_queue_rests_until_it_is_resumed_or_its_time_is_over() -> None:
    job = ask(talk)
    pause("queue:high", by="olga@example.org")
    assert run_jobs() == 0
    assert resume("queue:high", by="olga@example.org")
    assert not resume("queue:high", by="olga@example.org")
    assert run(job).outcome == Outcome.DONE

    ask(talk)
    pause("queue:high", by="olga@example.org", seconds=-1)
    assert run_jobs() == 1


def test_other_queues_go_on_while_one_rests() -> None:
    pause("queue:high", by="olga@example.org")
    Job.objects.create(name="talk", queue=Queue.DEFAULT)
    ask(talk)

    assert run_jobs() == 1


def test_a_paused_schedule_is_not_run_by_the_clock_but_by_hand() -> None:
    pause("schedule:prune_work", by="olga@example.org")
    schedule({})

    assert not Job.objects.filter(name="prune_work").exists()
    assert run_now("prune_work", by="olga@example.org").schedule_run is None


def test_what_does_not_exist_is_not_paused() -> None:
    for what in ("queue:urgent", "schedule:none", "nonsense"):
        with pytest.raises(LookupError):
            pause(what, by="olga@example.org")
    with pytest.raises(LookupError):
        run_now("none", by="olga@example.org")


def test_jobs_that_ended_long_ago_are_forgotten() -> None:
    run(ask(talk))
    Job.objects.update(finished_at=timezone.now() - timedelta(days=31))
    kept = ask(talk)
    run_now("prune_work", by="olga@example.org")
    run_jobs()

    assert kept in Job.objects.all()
    assert Job.objects.filter(name="talk").count() == 1
