"""One worker of a host is left to signals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from signalcast.core.env import MANAGED, environment
from signalcast.pipeline import Queue
from signalcast.work.job_slot import job_slot
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A host whose process manager runs three workers."""
    monkeypatch.setenv("SIGNALCAST_HOME", str(tmp_path))
    monkeypatch.setenv("SIGNALCAST_WORKERS", "3")
    monkeypatch.setenv(MANAGED, "1")
    environment.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    environment.cache_clear()


def test_of_three_workers_two_may_take_jobs_at_a_time(host: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(job_slot()) for _ in range(3)]
        assert held == [True, True, False]
    with job_slot() as free:
        assert free


@pytest.mark.parametrize("change", [{"SIGNALCAST_WORKERS": "1"}, {MANAGED: ""}])
def test_one_that_is_alone_or_not_counted_always_may(
    host: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    for name, value in change.items():
        host.setenv(name, value) if value else host.delenv(name)
    environment.cache_clear()
    with ExitStack() as stack:
        assert all(stack.enter_context(job_slot()) for _ in range(5))


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_the_one_that_is_left_still_takes_urgent_jobs() -> None:
    Job.objects.create(name="prune_work", queue=Queue.DEFAULT)
    urgent = Job.objects.create(name="prune_work", queue=Queue.HIGH)

    assert run_jobs(queues=(Queue.HIGH,)) == 1
    assert Job.objects.get(state="done") == urgent
