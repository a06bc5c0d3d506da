"""Scenario 3: intake dies between its commit and the bell. What was answered 2xx is delivered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.deadly_broker import DeadlyBroker
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(3), pytest.mark.wide]

#: Of each of three seeds.
ROUNDS = 4
#: Signals between one start of the server and its kill, each answered and never rung for.
EACH = 30
#: Processes that die between their commit and their bell, each over one signal.
DEATHS = 1_000


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


def test_a_thousand_deaths_between_commit_and_bell_lose_nothing(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made, DeadlyBroker(directory) as broker:
        made.prepare(document(targets, ["alice"]))
        made.start("valkey")
        made.start("worker")
        made.start("sender")
        made.start("scheduler")
        with dying_intake(made, broker):
            played = Played(made, targets, ["alice"])
            signals = 0
            while broker.deaths < DEATHS:  # a slow ringer's death may come after two signals
                # A caller whose answer died with the process asks again, under the same id.
                answer = played.poster.insist(f"signal-{signals}")
                again = played.poster.insist(f"signal-{signals}")
                assert again.body["receipts"][0] == {
                    "id": answer.body["receipts"][0]["id"], "status": "duplicate"
                }  # fmt: skip
                signals += 1

        played.wait_until_delivered(within=10)
        assert played.duplicates() == 0
        assert made.query("Signal.objects.count()") == signals


@contextmanager
def dying_intake(made: Installation, broker: DeadlyBroker) -> Iterator[None]:
    """An intake at the installation's port that a broker of its own kills whenever it rings."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.dying_intake", str(made.port)],
        env=made.environment | {"REDIS_URL": broker.url},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"listens\n"
        yield
    finally:
        server.terminate()
        server.wait()
        assert server.stdout is not None
        server.stdout.close()
