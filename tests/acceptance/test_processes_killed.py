"""Scenario 2: processes are killed with SIGKILL again and again while signals come in."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import descendants, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(2)]

#: Requests one sender has in flight at most.
SLOTS = 20


def victims(up: int) -> list[int]:
    """The product's own processes, which the process manager starts again; not the broker."""
    spared = (b"supervisord", b"valkey")
    return [pid for pid in descendants(up) if not any(name in command_of(pid) for name in spared)]


def command_of(pid: int) -> bytes:
    """How a process was called, or calls itself."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""


def test_processes_that_die_again_and_again_lose_nothing(
    directory: Path, targets: Receivers, seed: int
) -> None:
    kill_while_posting(
        directory, targets, dice=random.Random(seed), kills=6, pauses=(0.5, 1.5), signals=60
    )


@pytest.mark.wide
def test_two_minutes_of_dying_processes_lose_nothing(directory: Path, targets: Receivers) -> None:
    kill_while_posting(
        directory, targets, dice=random.Random(99), kills=60, pauses=(1.5, 2.5), signals=1_000
    )


def kill_while_posting(
    directory: Path,
    targets: Receivers,
    *,
    dice: random.Random,
    kills: int,
    pauses: tuple[float, float],
    signals: int,
) -> None:
    """Kill a process after each pause, and look for what is missing or doubled."""
    people = [f"s{number}" for number in range(10)]
    with installation(directory, Database(), SIGNALCAST_SENDER_SLOTS=str(SLOTS)) as made:
        made.prepare(document(targets, people))
        up = made.start("up")
        made.wait_ready()
        played = Played(made, targets, people)
        played.reach_the_stranger()
        posting = threading.Thread(
            target=played.poster.post_all,
            args=([f"signal-{number}" for number in range(signals)],),
            kwargs={"at_once": 2},
        )
        posting.start()
        pause = threading.Event()
        for _ in range(kills):
            pause.wait(dice.uniform(*pauses))
            if running := victims(up.pid):
                os.kill(dice.choice(sorted(running)), signal.SIGKILL)
        posting.join()

        played.wait_until_delivered(within=45)
        assert played.duplicates() <= kills * SLOTS
        played.nobody_else_got_anything()
