"""Scenario 1: the broker is wiped in the middle of a fan-out, and stays away for good."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(1)]

SIGNALS = 40


def test_a_wiped_broker_loses_nothing(directory: Path, targets: Receivers, seed: int) -> None:
    dice = random.Random(seed)
    people = [f"s{number}" for number in range(25)]
    with installation(directory, Database()) as made:
        made.prepare(document(targets, people))
        made.start_all()
        played = Played(made, targets, people)
        played.reach_the_stranger()
        wipe_at = dice.randrange(SIGNALS * len(people) // 4, SIGNALS * len(people) // 2)

        for number in range(SIGNALS):
            played.poster.insist(f"signal-{number}")
            if number == SIGNALS // 2:
                wait_for(lambda: len(targets.arrivals) > wipe_at // 2, within=30, message="half")
                [broker] = made.started("valkey")
                kill(broker)
                for file in (made.home / "valkey").rglob("*"):
                    if file.is_file():
                        file.unlink()
                if dice.random() < 0.5:
                    made.start("valkey")

        played.wait_until_delivered(within=30)
        assert played.duplicates() == 0
        played.nobody_else_got_anything()
