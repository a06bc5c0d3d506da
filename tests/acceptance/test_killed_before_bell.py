"""Scenario 3: intake dies between its commit and the bell. What was answered 2xx is delivered."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(3), pytest.mark.wide]

ROUNDS = 12
#: Signals between one start of the server and its kill, each answered and never rung for.
EACH = 30


def arrived(targets: Receivers, comment: str) -> bool:
    return comment in {arrival.comment for arrival in targets.of("alice")}


def test_what_was_answered_is_delivered_although_no_bell_rang(
    directory: Path, targets: Receivers, seed: int
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        # The web server looks for its broker elsewhere: whatever it rings is never heard.
        made.environment["REDIS_URL"] = f"unix://{directory}/nobody.sock"
        web = made.start("web", "--workers", "1")
        del made.environment["REDIS_URL"]
        made.start("valkey")
        made.start("worker")
        made.start("sender")
        made.start("scheduler")
        made.wait_ready()
        played = Played(made, targets, ["alice"])

        for number in range(ROUNDS):
            comment = f"signal-{seed}-{number}"
            for other in range(EACH - 1):
                played.poster.insist(f"{comment}-{other}")
            answer = played.poster.insist(comment)
            kill(web)
            wait_for(
                partial(arrived, targets, comment), within=10, message="the rescuer delivers it"
            )
            made.environment["REDIS_URL"] = f"unix://{directory}/nobody.sock"
            web = made.start("web", "--workers", "1")
            del made.environment["REDIS_URL"]
            made.wait_ready()
            again = played.poster.insist(comment)
            assert again.body["receipts"][0]["id"] == answer.body["receipts"][0]["id"]
        played.wait_until_delivered(within=10)
        assert played.duplicates() == 0
