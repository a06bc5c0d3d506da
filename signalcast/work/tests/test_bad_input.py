"""A clock that jumps, huge arguments, errors that are hard to tell: jobs run as ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from signalcast.core import clock
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import GRACE, Lookout
from signalcast.ops.alerts.models import Alert, Notice, Receiver
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import View
from signalcast.ops.health.checks import processes
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.waits import Place, waits
from signalcast.pipeline import JOBS, SCHEDULES, Queue
from signalcast.work.claim import claim, due
from signalcast.work.describe_error import LONGEST, LONGEST_LINE
from signalcast.work.models import Job, JobAttempt, ProcessBeat
from signalcast.work.renew import renew
from signalcast.work.rescue import rescue
from signalcast.work.run_jobs import run_jobs
from signalcast.work.schedule import schedule

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

HERE = "signalcast.work.tests.test_bad_input"
MEGABYTE = "x" * 1_000_000
DAY = timedelta(days=1)
seen: list[int] = []


def weigh(text: str) -> None:
    seen.append(len(text))


def shout(text: str) -> None:
    raise ValueError(text)


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """The jobs of these tests, in the table like any others."""
    JOBS.update({one.__name__: f"{HERE}:{one.__name__}" for one in (weigh, shout)})
    seen.clear()
    yield
    for name in ("weigh", "shout"):
        del JOBS[name]


Set = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets this host's clock, as Django tells it, so much from the database's."""
    true: Callable[[], datetime] = timezone.now

    def set_clock(offset: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: true() + offset)

    return set_clock


def test_a_megabyte_of_arguments_gets_there_whole() -> None:
    Job.objects.create(name="weigh", arguments={"text": MEGABYTE})
    run_jobs()

    assert seen == [len(MEGABYTE)]
    assert Job.objects.get().state == "done"
    assert len(JobAttempt.objects.get().log) < 1_000


def test_an_error_of_a_megabyte_is_kept_short() -> None:
    Job.objects.create(name="shout", arguments={"text": MEGABYTE})
    run_jobs()

    assert len(JobAttempt.objects.get().error) <= LONGEST
    assert len(Job.objects.get().error) <= LONGEST_LINE


@pytest.mark.parametrize("offset", [DAY, -DAY])
def test_claims_leases_and_rescues_go_by_the_databases_clock(
    set_clock: Set, offset: timedelta
) -> None:
    Job.objects.create(name="weigh", due=timezone.now() - timedelta(seconds=1))
    later = Job.objects.create(name="weigh", due=timezone.now() + timedelta(hours=1))
    set_clock(offset)
    assert abs(clock.now() - timezone.now()) < timedelta(seconds=1)

    assert waits()[Place("job", Queue.HIGH)] < 60
    [row] = claim(Job, 10)
    assert row.id != later.pk
    assert not due(Job)
    assert rescue(Job) == 0
    assert renew(Job, [row]) == 1


@pytest.mark.parametrize("offset", [DAY, -DAY])
def test_no_process_is_lost_because_a_clock_was_set(set_clock: Set, offset: timedelta) -> None:
    for role in ("web", "worker", "sender", "scheduler"):
        ProcessBeat.objects.create(host="one", role=role, name=f"{role}-0", pid=7)
    set_clock(offset)

    assert processes.look().state == "ok"


def test_a_clock_that_jumps_ahead_and_back_runs_no_schedule_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remembered: dict[str, str] = {}
    # Stopped, since runs that come due meanwhile are none that are written twice.
    moment = timezone.now()
    for jumped in (moment, moment + DAY, moment, moment + DAY, moment):
        monkeypatch.setattr(timezone, "now", lambda now=jumped: now)
        schedule(remembered)
        schedule({})

    assert Job.objects.count() == 2 * len(SCHEDULES)


def test_an_alert_is_not_told_again_and_again_by_a_host_whose_clock_is_wrong(
    set_clock: Set,
) -> None:
    Receiver.objects.create(kind="webhook", address="https://ops.example.org/")
    late = View(waits={Place("receipt", Queue.HIGH): 60.0})
    Evaluator(rules()).evaluate(late)
    set_clock(DAY)
    for _ in range(5):
        Evaluator(rules()).evaluate(late)

    assert Notice.objects.count() == 1


def test_a_clock_that_was_set_ahead_makes_no_scheduler_seem_lost(set_clock: Set) -> None:
    moment = timezone.now()
    row: dict[str, Any] = {"checked_at": moment, "since": moment, "state": "ok"}
    CheckState.objects.create(name="database", **row)
    lookout, evaluator = Lookout(settle=0, grace=GRACE), Evaluator(rules())
    lookout._since -= 2 * GRACE  # it has been looking for a while
    assert lookout.look_at_checks().unwatched == 0
    set_clock(timedelta(hours=1))
    evaluator.evaluate(lookout.look_around())

    assert not Alert.objects.exists()
