"""A job longer than every lease runs once; whoever lost it completes nothing; stops wait for it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, freeze, installation
from tests.acceptance.own_jobs import lines
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Seconds of a lease, and of jobs that are far longer.
LEASE = 3.0
LONG = 4 * LEASE
JOBS = ", ".join(f"{name}=tests.acceptance.own_jobs:{name}" for name in ("long", "steps"))


@pytest.fixture(scope="module")
def made() -> Iterator[Installation]:
    directory = Path(tempfile.mkdtemp(prefix="sca-"))
    settings = {
        "SIGNALCAST_OWN_JOBS": JOBS,
        "SIGNALCAST_LEASE": str(LEASE),
        "SIGNALCAST_LEASE_RENEWAL": "0.5",
    }
    with installation(directory, Database(), **settings) as made:
        made.migrate()
        made.start("valkey")
        made.start("scheduler")
        for _ in range(2):
            made.start("worker")
        yield made
    shutil.rmtree(directory, ignore_errors=True)


def ask(made: Installation, name: str, **arguments: object) -> int:
    """A job of that name, due now."""
    return int(made.query(f"Job.objects.create(name={name!r}, arguments={arguments!r}).pk"))


def attempts(made: Installation, job: int) -> list[dict[str, Any]]:
    """Its tries, as they ended or not, with what each took in seconds."""
    found: list[dict[str, Any]] = made.query(
        f"[{{'outcome': one.outcome, 'process': one.process, 'took': one.finished_at and "
        f"(one.finished_at - one.started_at).total_seconds()}} "
        f"for one in JobAttempt.objects.filter(job={job}).order_by('pk')]"
    )
    return found


def wait_until_done(made: Installation, job: int, *, within: float = 60) -> None:
    done = f"Job.objects.filter(pk={job}, state='done').count()"
    wait_for(lambda: made.query(done), within=within, every=0.5, message=f"job {job} is done")


def begun(path: Path, count: int = 1) -> list[int]:
    """Which processes began the job, once so many have."""

    def pids() -> list[int]:
        return [int(line.split()[1]) for line in lines(str(path)) if line[0] in "bs"]

    wait_for(lambda: len(pids()) >= count, within=60, message=f"{count} beginnings")
    return pids()


def test_a_job_that_outlasts_four_leases_runs_once(made: Installation) -> None:
    path = made.directory / "once"
    job = ask(made, "long", path=str(path), seconds=LONG)
    begun(path)
    wait_until_done(made, job)

    [attempt] = attempts(made, job)
    assert attempt["outcome"] == "done"
    assert attempt["took"] >= LONG
    assert [line.split()[0] for line in lines(str(path))] == ["began", "ended"]
    assert made.query(f"Job.objects.get(pk={job}).generation") == 1


def test_a_process_that_was_frozen_past_its_lease_completes_nothing(made: Installation) -> None:
    path = made.directory / "frozen"
    job = ask(made, "long", path=str(path), seconds=LEASE)
    [first] = begun(path)
    freeze(made, first)
    try:
        assert begun(path, 2)[1] != first
        wait_until_done(made, job)
    finally:
        os.kill(first, signal.SIGCONT)

    free = f"JobAttempt.objects.filter(job={job}, outcome='running').count() == 0"
    wait_for(lambda: made.query(free), within=30, message="the end of both")
    assert [one["outcome"] for one in attempts(made, job)] == ["lost", "done"]


def test_a_worker_that_is_stopped_finishes_its_job_first(made: Installation) -> None:
    path = made.directory / "stopped"
    job = ask(made, "long", path=str(path), seconds=LONG)
    [pid] = begun(path)
    [worker] = [one for one in made.started("worker") if one.pid == pid]
    worker.send_signal(signal.SIGTERM)
    made.start("worker")

    assert worker.wait(timeout=60) == 0
    [attempt] = attempts(made, job)
    assert (attempt["outcome"], lines(str(path))[-1]) == ("done", "ended")


def test_a_job_in_steps_goes_on_in_another_process_when_its_own_is_stopped(
    made: Installation,
) -> None:
    path = made.directory / "steps"
    job = ask(made, "steps", path=str(path), count=40)
    pid = begun(path)[0]
    [worker] = [one for one in made.started("worker") if one.pid == pid]
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=60) == 0
    made.start("worker")
    wait_until_done(made, job)
    assert [one["outcome"] for one in attempts(made, job)] == ["gave_way", "done"]
    assert len(lines(str(path))) == 40
    assert made.query(f"Job.objects.get(pk={job}).tries") == 0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LEASE", "5", "done twice"),
        ("STOP_WITHIN", "30", "killed at every restart"),
        ("OWN_JOBS", "mine", "no name=value"),
        ("JOB_LIMITS", "announce=never", "takes seconds over 0"),
    ],
)
def test_no_process_starts_under_settings_that_would_break_this(
    directory: Path, name: str, value: str, words: str
) -> None:
    made = Installation(directory, Database(), **{f"SIGNALCAST_{name}": value})
    for command in ("worker", "sender", "scheduler", "web", "telegram", "up"):
        told = made.run(command, expect=1)
        assert words in told, command
        assert "Traceback" not in told, command
