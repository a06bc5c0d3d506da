"""`signalcast up`: starts, refuses a second one, drains at Ctrl-C, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import USUAL, Installation, alive, descendants, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.poster import status_of
from tests.acceptance.receivers import Receivers
from tests.acceptance.test_processes_killed import command_of
from tests.waiting import wait_for

pytestmark = pytest.mark.acceptance


def running(up: subprocess.Popen[bytes]) -> set[int]:
    """All processes of an installation that is ready, and the one that was started."""
    return descendants(up.pid) | {up.pid}


def start(made: Installation) -> subprocess.Popen[bytes]:
    up = made.start("up")
    made.wait_ready()
    return up


def test_it_works_refuses_a_second_one_and_ends_at_ctrl_c(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database(), **USUAL) as made:
        made.prepare(document(targets, ["alice"]))
        up = start(made)
        processes = running(up)
        played = Played(made, targets, ["alice"])
        played.poster.insist("first")
        played.wait_until_delivered(within=30)

        refused = made.run("up", expect=1)
        assert f"already running in {made.home} (process {up.pid})" in refused
        assert "Traceback" not in refused

        os.killpg(up.pid, signal.SIGINT)
        assert up.wait(30) == 0
        wait_for(lambda: not alive(processes), within=5, message="nothing is left")


@pytest.mark.parametrize("victim", ["supervisord", pytest.param("up", marks=pytest.mark.wide)])
def test_nothing_remains_ten_seconds_after_the_manager_is_killed(
    directory: Path, victim: str
) -> None:
    with installation(directory, Database()) as made:
        made.migrate()
        up = start(made)
        processes = running(up)
        assert len(processes) > 8
        # A child between its fork and its exec looks like it, and came later.
        manager = min(pid for pid in descendants(up.pid) if b"supervisord" in command_of(pid))
        os.kill(manager if victim == "supervisord" else up.pid, signal.SIGKILL)

        wait_for(lambda: not alive(processes - {up.pid}), within=10, message="nothing is left")
        assert up.wait(5) != 0
        assert status_of(f"{made.url}/livez") == 0


@pytest.mark.wide
def test_two_installations_side_by_side_share_nothing_whatever_their_homes_are_called(
    directory: Path, targets: Receivers
) -> None:
    odd = directory / ("100% of a long home " + "x" * 100)
    plain = directory / "plain"
    for path in (odd, plain):
        path.mkdir()
    with (
        installation(odd, Database()) as one,
        installation(plain, Database()) as other,
    ):
        one.prepare(document(targets, ["alice"]))
        other.prepare(document(targets, ["bob"]))
        for made in (one, other):
            start(made)
        Played(one, targets, ["alice"]).poster.insist("for-alice")
        Played(other, targets, ["bob"]).poster.insist("for-bob")
        wait_for(lambda: targets.of("alice"), within=30, message="alice has hers")
        wait_for(lambda: targets.of("bob"), within=30, message="bob has his")

        assert {arrival.comment for arrival in targets.of("alice")} == {"for-alice"}
        assert {arrival.comment for arrival in targets.of("bob")} == {"for-bob"}


def test_a_port_that_is_taken_is_told_in_a_sentence(directory: Path, targets: Receivers) -> None:
    with installation(directory, Database(), SIGNALCAST_PORT=str(targets.port)) as made:
        refused = made.run("up", expect=1)

    assert f"Cannot listen on 127.0.0.1:{targets.port}" in refused
    assert "--port" in refused
    assert "Traceback" not in refused
