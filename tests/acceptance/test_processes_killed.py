"""Scenario 2: processes are killed with SIGKILL again and again while signals come in."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, alive, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(2)]

KILLS = 6
SIGNALS = 60
#: Requests one sender has in flight at most.
SLOTS = 20


def victims(made: Installation) -> list[int]:
    """The product's own processes, which the process manager starts again."""
    names = ("web", "worker", "sender", "scheduler")
    found = []
    for pid in alive(made.home):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"signalcast.cli" in words and words[-2].decode() in names:
            found.append(pid)
    return found


def test_processes_that_die_again_and_again_lose_nothing(
    directory: Path, targets: Receivers, seed: int
) -> None:
    dice = random.Random(seed)
    people = [f"s{number}" for number in range(10)]
    with installation(directory, Database(), SIGNALCAST_SENDER_SLOTS=str(SLOTS)) as made:
        made.prepare(document(targets, people))
        made.start("up")
        made.wait_ready()
        played = Played(made, targets, people)
        played.reach_the_stranger()
        posting = threading.Thread(
            target=played.poster.post_all, args=([f"signal-{n}" for n in range(SIGNALS)],),
            kwargs={"at_once": 2},
        )  # fmt: skip
        posting.start()
        pause = threading.Event()
        for _ in range(KILLS):
            pause.wait(dice.uniform(0.5, 1.5))
            if targets_now := victims(made):
                os.kill(dice.choice(targets_now), signal.SIGKILL)
        posting.join()

        played.wait_until_delivered(within=45)
        assert played.duplicates() <= KILLS * SLOTS
        played.nobody_else_got_anything()
