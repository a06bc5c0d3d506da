"""Scenario 6: every process is restarted, one kind after the other, while a post fans out."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(6), pytest.mark.wide]

PEOPLE = [f"s{number}" for number in range(200)]
#: TradingView sends again for so many seconds.
LONGEST_GAP = 15.0


def restart(made: Installation, *processes: str) -> None:
    """Restart processes as an operator does at a release, each after its work in hand."""
    command = [sys.executable, "-m", "supervisor.supervisorctl"]
    configuration = ["-c", str(made.home / "run" / "supervisord.conf")]
    done = subprocess.run(
        [*command, *configuration, "restart", *processes],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ERROR" not in done.stdout, done.stdout


def test_a_rolling_restart_in_mid_fan_out_loses_and_doubles_nothing(
    directory: Path, targets: Receivers, seed: int
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, PEOPLE))
        made.start("up")
        made.wait_ready()
        played = Played(made, targets, PEOPLE)
        played.reach_the_stranger()
        posting = threading.Thread(
            target=played.poster.post_all,
            args=([f"signal-{seed}-{number}" for number in range(60)],),
            kwargs={"at_once": 2},
        )
        posting.start()
        restart(made, *(f"worker:worker-{number}" for number in range(2)))
        restart(made, *(f"sender:sender-{number}" for number in range(2)))
        restart(made, "scheduler:*")
        restart(made, "web:*")
        restart(made, "valkey:*")
        posting.join()

        played.wait_until_delivered(within=60)
        assert played.duplicates() == 0
        played.nobody_else_got_anything()
        # A server that is not there yet can't answer; one that is there never refuses.
        assert {answer.status for answer in played.poster.answers} <= {202, 0, 503}
        assert max(answer.seconds for answer in played.poster.answers) < LONGEST_GAP
