"""Alerts where those who work are gone: real processes, killed, and not started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster
from tests.acceptance.receivers import Arrival, Receivers
from tests.serving import serving
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Checks of the machine itself.
HOST = {"cpu", "memory"}
#: Seconds within which an alert must be there once everybody who works was killed.
WITHIN = 30.0


def told(targets: Receivers) -> list[Arrival]:
    return targets.of("operator")


def arrived(targets: Receivers) -> int:
    """How many signals reached Alice; one that was in flight at a kill may come twice."""
    return len({arrival.comment for arrival in targets.accepted("alice")})


@contextmanager
def outside() -> Iterator[tuple[str, list[float]]]:
    """Somebody outside who notes when somebody knocked."""
    knocks: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            knocks.append(time.monotonic())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with serving(server) as port:
        yield f"http://127.0.0.1:{port}/", knocks


def post(made: Installation, *, count: int, name: str) -> None:
    poster = Poster(made.url)
    for number in range(count):
        poster.insist(f"{name}-{number}")


@pytest.mark.alone
def test_blind_spot_a_alerts_when_all_workers_and_senders_are_killed(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        made.run("alerts", "receive", "webhook", targets.url("operator"))
        made.start_all()
        post(made, count=5, name="before")
        wait_for(lambda: arrived(targets) == 5, within=30, message="all is well")
        assert told(targets) == []

        for process in [*made.started("worker"), *made.started("sender")]:
            kill(process)
        killed = time.monotonic()
        post(made, count=5, name="after")

        fired = wait_for(lambda: told(targets), within=WITHIN, message="an alert")
        assert fired[0].at - killed < WITHIN
        assert fired[0].type == "alert.fired"

        made.start("worker")
        made.start("sender")
        wait_for(lambda: arrived(targets) == 10, within=60, message="all arrived")
        wait_for(
            lambda: "alert.resolved" in {arrival.type for arrival in told(targets)},
            within=60,
            message="it is well again",
        )


def test_blind_spot_b_everything_down_falls_silent_at_the_outside_address(
    directory: Path, targets: Receivers
) -> None:
    with (
        outside() as (address, knocks),
        installation(directory, Database(), SIGNALCAST_HEARTBEAT_URL=address) as made,
    ):
        made.prepare(document(targets, ["alice"]))
        made.start_all(workers=1, senders=1)
        wait_for(lambda: knocks, within=30, message="a knock")
        wait_for(lambda: len(knocks) > 1, within=90, message="another one a minute later")
        assert 50 < knocks[1] - knocks[0] < 75

        for process in made.processes:
            kill(process)
        heard = len(knocks)
        silence = threading.Event()
        silence.wait(70)
        assert len(knocks) == heard


@pytest.mark.alone
def test_restarts_under_load_are_silent(directory: Path, targets: Receivers) -> None:
    """Two minutes of signals, in which every worker and sender is killed and started again."""
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice", "bob"]))
        made.run("alerts", "receive", "webhook", targets.url("operator"))
        made.start_all()
        pause = threading.Event()
        posted = 0
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for role in ("worker", "sender"):
                post(made, count=3, name=f"{role}-{posted}")
                posted += 3
                victim = made.started(role)[0]
                kill(victim)
                made.start(role)
                pause.wait(6)

        wait_for(
            lambda: arrived(targets) == posted,
            within=60,
            message="all arrived",
        )
        # What else runs on the machine is none of the installation's fault, and rightly told.
        alerts = "__import__('signalcast.ops.alerts.models', fromlist=['Alert']).Alert"
        rules = made.query(f"list({alerts}.objects.values_list('rule', 'subject'))")
        assert {subject.partition(" ")[0] for _rule, subject in rules} <= HOST
