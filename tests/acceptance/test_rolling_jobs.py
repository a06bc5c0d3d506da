"""Jobs and restarts: none is lost and none is completed by two claims, whoever is killed."""

from __future__ import annotations

import random
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

WORKERS = 3
#: Seconds for the whole, on a busy machine.
PATIENCE = 420.0
STATES = "dict(Job.objects.values_list('state').annotate(Count('pk')).order_by())"
#: Jobs with more tries that came to their end than one.
TWICE = (
    "JobAttempt.objects.filter(outcome='done').values('job').annotate(count=Count('pk'))"
    ".filter(count__gt=1).count()"
)
DONE = "JobAttempt.objects.filter(outcome='done').values('job').distinct().count()"
RUNNING = "JobAttempt.objects.filter(outcome='running').count()"
PARKED = "Job.objects.filter(parked_at__isnull=False).count()"


def restart(made: Installation, dice: random.Random) -> int:
    """Replace the workers one after the other, some of them by force. Returns how many that was."""
    killed = 0
    for worker in made.started("worker"):
        if dice.random() < 0.5:
            kill(worker)
            killed += 1
        else:
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=60)
        made.start("worker")
    return killed


def left(made: Installation) -> int:
    """Jobs that are not done, asked in a cheap way: often, while every core is busy."""
    with closing(sqlite3.connect(made.home / "signalcast.sqlite3", timeout=30)) as database:
        [count] = database.execute("SELECT COUNT(*) FROM work_job WHERE state <> 'done'").fetchone()
    return int(count)


def test_ten_thousand_jobs_over_twenty_rolling_restarts_are_each_done_once(
    directory: Path,
) -> None:
    jobs, restarts, dice = 10_000, 20, random.Random(20)
    own = {"SIGNALCAST_OWN_JOBS": "nothing=tests.acceptance.own_jobs:nothing"}
    with installation(directory, Database(), **own) as made:
        made.migrate()
        made.start("valkey")
        made.start("scheduler")
        for _ in range(WORKERS):
            made.start("worker")
        made.query(f"len(Job.objects.bulk_create([Job(name='nothing') for _ in range({jobs})]))")
        killed = 0
        for number in range(restarts):
            # So that each restart finds work in hand: an even share of it is done in between.
            enough = jobs - (number + 1) * jobs // (restarts + 2)
            wait_for(
                lambda enough=enough: left(made) <= enough,  # type: ignore[misc]
                within=PATIENCE,
                every=0.2,
                message=f"{enough} jobs left",
            )
            killed += restart(made, dice)
        wait_for(lambda: left(made) == 0, within=PATIENCE, every=1, message="the last job")

        assert killed >= restarts
        assert made.query(STATES) == {"done": made.query("Job.objects.count()")}
        assert made.query("Job.objects.count()") >= jobs
        assert made.query(DONE) == made.query("Job.objects.count()")
        assert made.query(TWICE) == 0
        assert made.query(PARKED) == 0
        assert made.query(RUNNING) == 0
