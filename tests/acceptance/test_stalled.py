"""Processes that hang restart themselves: one whose thread does, those whose database does."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.database import Database, PostgreSQL
from tests.acceptance.installation import Installation, descendants, installation
from tests.acceptance.own_jobs import HANG, lines
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Seconds until a process that hangs is missed, ends itself, and another one works.
PATIENCE = 150.0
ONE_EACH = {"SIGNALCAST_WORKERS": "1", "SIGNALCAST_SENDERS": "1"}


def log_of(made: Installation, name: str) -> str:
    return (made.home / "log" / f"{name}.log").read_text(errors="replace")


def test_a_worker_that_hangs_while_rows_are_due_is_replaced_and_the_rows_are_done(
    directory: Path, targets: Receivers
) -> None:
    own = "tests.acceptance.own_jobs"
    jobs = f"hang={own}:hang_at_signal,nothing={own}:nothing"
    with installation(directory, Database(), SIGNALCAST_OWN_JOBS=jobs, **ONE_EACH) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("up")
        made.wait_ready()
        path = directory / "worker"
        made.query(f"Job.objects.create(name='hang', arguments={{'path': {str(path)!r}}}).pk")
        done = "Job.objects.filter(name={!r}, state='done').count()"
        wait_for(lambda: made.query(done.format("hang")), within=60, message="the first job")
        [hung] = lines(str(path))
        os.kill(int(hung), HANG)
        wait_for(lambda: "hangs" in lines(str(path)), within=60, message="one that hangs")
        made.query("Job.objects.create(name='nothing').pk")

        second = done.format("nothing")
        wait_for(lambda: made.query(second), within=PATIENCE, every=2, message="the second job")
        said = log_of(made, "worker-0")
        assert "process.stalled" in said
        assert "own_jobs.py" in said  # where it hung
        assert not Path(f"/proc/{hung}").exists()


@contextmanager
def frozen(root: int) -> Iterator[None]:
    """A process with its children does nothing while the block lasts."""
    pids = {root, *descendants(root)}
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_everything_goes_on_after_the_database_hung_for_two_minutes(
    directory: Path, targets: Receivers
) -> None:
    database = PostgreSQL(directory)
    try:
        with installation(directory, database, **ONE_EACH) as made:
            made.prepare(document(targets, ["alice"]))
            made.start("up")
            made.wait_ready()
            played = Played(made, targets, ["alice"])
            played.poster.insist("before")
            played.wait_until_delivered(within=30)
            postmaster = int((directory / "pg" / "postmaster.pid").read_text().split()[0])
            with frozen(postmaster):
                # A worker without a bell asks nothing, so that it may well not notice.
                for name in ("sender-0", "scheduler-0"):
                    wait_for(
                        lambda name=name: (
                            "Timeout" in log_of(made, name)  # type: ignore[misc]
                            or "process.stalled" in log_of(made, name)
                        ),
                        within=PATIENCE,
                        every=1,
                        message=f"the end of {name}",
                    )

            played.poster.insist("after")
            played.wait_until_delivered(within=60)
    finally:
        database.close()
