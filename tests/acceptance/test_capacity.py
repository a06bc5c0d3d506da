"""Workers join while rows wait too long, and leave when nothing is left to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.own_jobs import lines
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Enough to keep one worker busy for longer than a row may wait.
JOBS = 4_000
WORKERS = "ProcessBeat.objects.filter(role='worker').count()"
ASK = f"len(Job.objects.bulk_create([Job(name='prune_work') for _ in range({JOBS})]))"
LEFT = "Job.objects.exclude(state='done').count()"
DECISIONS = "list(ScalingDecision.objects.order_by('pk').values_list('before', 'after', 'reason'))"
ONE_EACH = {"SIGNALCAST_WORKERS": "1", "SIGNALCAST_SENDERS": "1"}
LONGER_THAN_USUAL_STOPS = 40.0
LOST = "JobAttempt.objects.exclude(outcome='done').count()"


def test_the_number_of_workers_follows_what_waits(directory: Path, targets: Receivers) -> None:
    settings = {
        "SIGNALCAST_SCALING": "budget",
        "SIGNALCAST_WORKERS": "1",
        "SIGNALCAST_WORKERS_MAX": "2",
        "SIGNALCAST_SENDERS": "1",
        "SIGNALCAST_SENDERS_MAX": "1",
    }
    with installation(directory, Database(), **settings) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("up")
        made.wait_ready()
        wait_for(lambda: made.query(WORKERS) == 1, within=40, message="a worker")
        made.query(ASK)
        wait_for(lambda: made.query(WORKERS) == 2, within=60, message="another worker")
        wait_for(lambda: made.query(LEFT) == 0, within=200, message="the end of the jobs")
        wait_for(lambda: made.query(WORKERS) == 1, within=150, message="one worker again")

        [up, down] = made.query(DECISIONS)
        assert up[:2] == [1, 2]
        assert "of 2 s" in up[2]
        assert down[:2] == [2, 1]
        assert "nothing waited" in down[2]
        assert made.query(LOST) == 0
        assert "worker 2 -> 1: nothing waited" in made.run("capacity")


def test_long_jobs_leave_a_worker_to_signals(directory: Path, targets: Receivers) -> None:
    two = {"SIGNALCAST_WORKERS": "2", "SIGNALCAST_SENDERS": "1"}
    own = {"SIGNALCAST_OWN_JOBS": "long=tests.acceptance.own_jobs:long"}
    with installation(directory, Database(), **own, **two) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("up")
        made.wait_ready()
        played = Played(made, targets, ["alice"])
        played.poster.insist("before")
        played.wait_until_delivered(within=60)
        path = directory / "long"
        ask = {"path": str(path), "seconds": 30}
        for _ in range(3):
            made.query(f"Job.objects.create(name='long', queue=1, arguments={ask!r}).pk")
        wait_for(lambda: lines(str(path)), within=60, message="its beginning")
        played.poster.insist("meanwhile")
        played.wait_until_delivered(within=25)

        assert [line.split()[0] for line in lines(str(path))] == ["began"]
        made.query("Job.objects.filter(leased_until=None).update(state='cancelled', due=None)")


def test_a_process_that_is_retired_or_stopped_finishes_what_it_has_in_hand_first(
    directory: Path, targets: Receivers
) -> None:
    own = {"SIGNALCAST_OWN_JOBS": "long=tests.acceptance.own_jobs:long"}
    with installation(directory, Database(), **own, **ONE_EACH) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("up")
        made.wait_ready()
        path = directory / "long"
        # Longer than a process manager waits that knows nothing of jobs.
        ask = {"path": str(path), "seconds": LONGER_THAN_USUAL_STOPS}
        made.query(f"Job.objects.create(name='long', arguments={ask!r}).pk")
        wait_for(lambda: lines(str(path)), within=60, message="its beginning")
        told = "ProcessBeat.objects.filter(role='worker').update(order='retire')"
        wait_for(lambda: made.query(told) == 1, within=40, message="the worker's beat")
        manager = ["-c", str(made.home / "run" / "supervisord.conf"), "stop", "worker:worker-0"]
        subprocess.run([sys.executable, "-m", "supervisor.supervisorctl", *manager], check=False)

        wait_for(lambda: len(lines(str(path))) == 2, within=60, message="its end")
        wait_for(lambda: made.query(WORKERS) == 0, within=60, message="the worker's end")
        assert made.query(LOST) == 0
