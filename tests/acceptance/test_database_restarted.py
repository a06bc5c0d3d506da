"""Scenario 4: PostgreSQL is restarted as a crash would, while signals come in and go out."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.acceptance.database import PostgreSQL
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(4), pytest.mark.wide]

SIGNALS = 120


def test_a_restarted_database_loses_nothing_and_nobody_waits_for_it(
    directory: Path, targets: Receivers, seed: int
) -> None:
    people = [f"s{number}" for number in range(10)]
    database = PostgreSQL(directory)
    try:
        with installation(directory, database) as made:
            made.prepare(document(targets, people))
            made.start_all()
            played = Played(made, targets, people)
            played.reach_the_stranger()
            posting = threading.Thread(
                target=played.poster.post_all,
                args=([f"signal-{seed}-{number}" for number in range(SIGNALS)],),
                kwargs={"at_once": 4},
            )
            posting.start()
            wait_for(
                lambda: len(played.poster.accepted) > SIGNALS // 3, within=60, message="a third"
            )
            database.restart()
            wait_for(
                lambda: len(played.poster.accepted) > SIGNALS // 2, within=60, message="a half"
            )
            database.stop()
            down = [played.poster.post(f"down-{seed}-{number}") for number in range(5)]
            database.start()
            wait_for(
                lambda: played.poster.post(f"up-{seed}").status == 202,
                within=5,
                message="intake works again after the database does",
            )
            posting.join()

            assert {answer.status for answer in down} == {503}
            assert max(answer.seconds for answer in down) < 1
            assert {answer.status for answer in played.poster.answers} <= {202, 503}
            played.wait_until_delivered(within=60)
            played.duplicates()
            played.nobody_else_got_anything()
    finally:
        database.close()
