"""Scenario 2 for fan-out: a worker is killed between chunks, and another goes on where it was."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(2), pytest.mark.wide]

#: Several chunks on SQLite.
PEOPLE = 12_000
SIGNALS = 6


def test_everybody_gets_one_delivery_although_workers_die_in_mid_fan_out(
    directory: Path, targets: Receivers, seed: int
) -> None:
    dice = random.Random(seed)
    with installation(directory, Database()) as made:
        made.prepare(document(targets, [f"s{number}" for number in range(PEOPLE)]))
        made.start("valkey")
        made.start("web", "--workers", "1")
        made.wait_ready()
        poster = Poster(made.url)
        pause = threading.Event()
        interrupted = 0
        with closing(sqlite3.connect(made.home / "signalcast.sqlite3")) as database:

            def posts(condition: str = "1=1") -> int:
                query = f"SELECT COUNT(*) FROM delivery_post WHERE {condition}"  # noqa: S608
                return int(database.execute(query).fetchone()[0])

            scheduler = made.start("scheduler")
            for number in range(SIGNALS):
                worker = made.start("worker")
                poster.insist(f"signal-{number}")
                wait_for(
                    lambda wanted=number + 1: posts() == wanted,  # type: ignore[misc]
                    within=60,
                    every=0.001,
                    message="a post",
                )
                pause.wait(dice.uniform(0, 0.06))
                kill(worker)
                interrupted += posts("fanned_out_at IS NULL")
            assert scheduler.poll() is None
            made.start("worker")
            wait_for(
                lambda: posts(f"fanned_out_at IS NOT NULL AND recipients = {PEOPLE}") == SIGNALS,
                within=120,
                every=0.5,
                message="all fanned out to everybody",
            )
            deliveries = database.execute("SELECT COUNT(*) FROM delivery_delivery").fetchone()[0]
        assert interrupted
        assert deliveries == PEOPLE * SIGNALS
