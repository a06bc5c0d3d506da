"""Scenario 1: the broker is wiped in the middle of a fan-out, and stays away for good."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(1)]


def test_a_wiped_broker_loses_nothing(directory: Path, targets: Receivers, seed: int) -> None:
    wipe_while_sending(directory, targets, random.Random(seed), signals=40, subscribers=25)


@pytest.mark.wide
def test_a_broker_wiped_at_half_of_a_hundred_thousand_deliveries_loses_nothing(
    directory: Path, targets: Receivers
) -> None:
    wipe_while_sending(directory, targets, random.Random(7), signals=1_000, subscribers=100)


def wipe_while_sending(
    directory: Path, targets: Receivers, dice: random.Random, *, signals: int, subscribers: int
) -> None:
    """Kill the broker and remove its files once about half has arrived; half the time for good."""
    people = [f"s{number}" for number in range(subscribers)]
    with installation(directory, Database()) as made:
        made.prepare(document(targets, people))
        made.start_all()
        played = Played(made, targets, people)
        played.reach_the_stranger()
        half = signals * subscribers // 2
        wipe_at = dice.randrange(half // 2, half)
        comments = [f"signal-{number}" for number in range(signals)]
        posting = threading.Thread(
            target=played.poster.post_all, args=(comments,), kwargs={"at_once": 4}
        )
        posting.start()
        wait_for(lambda: len(targets.arrivals) > wipe_at, within=120, message="half")
        [broker] = made.started("valkey")
        kill(broker)
        for file in (made.home / "valkey").rglob("*"):
            if file.is_file():
                file.unlink()
        if dice.random() < 0.5:
            made.start("valkey")
        posting.join()

        played.wait_until_delivered(within=120)
        assert played.duplicates() == 0
        played.nobody_else_got_anything()
