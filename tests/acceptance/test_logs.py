"""One signal is found in the logs of all processes, and no secret is."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import PATIENCE, Installation, installation
from tests.acceptance.plan import SECRET, Played, document
from tests.acceptance.poster import TOKEN
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]


def told(made: Installation, *filters: str) -> list[dict[str, Any]]:
    shown = made.run("logs", "--json", "--since", "10m", *filters)
    return [json.loads(line) for line in shown.splitlines()]


def posted(made: Installation) -> str:
    """Post a signal. Returns the id of the request."""
    connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=20)
    body = json.dumps({"id": "s-1", "symbol": "BTCUSDT", "side": "buy", "comment": "s-1"})
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    connection.request("POST", "/in/v1/signals", body, headers)
    answer = connection.getresponse()
    assert answer.status == 202
    connection.close()
    return answer.headers["X-Request-ID"]


def test_a_signal_is_followed_from_its_request_to_its_delivery(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        targets.behaviour["alice"].then = 500
        made.start("up")
        made.wait_ready()
        # Until a worker is there, the scheduler's rescuer decides what waits too long.
        here = "ProcessBeat.objects.filter(role='worker').exists()"
        wait_for(lambda: made.query(here), within=PATIENCE, every=0.5, message="a worker is there")
        request = posted(made)
        wait_for(lambda: targets.of("alice"), within=30, message="alice was asked")

        [committed] = told(made, "--request", request)
        [decided] = told(made, "--event", "receipt.decided")
        assert (committed["process"], committed["event"]) == ("web-0", "intake.committed")
        assert decided["receipt"] == committed["receipts"]
        assert decided["process"].startswith("worker")
        senders = ("--signal", decided["signal"], "--process", "sender")
        wait_for(
            lambda: '"delivery.failed"' in made.run("logs", "--json", *senders, expect=None),
            within=10,
            message="the failure is told",
        )

        assert Played(made, targets, ["alice"]).poster.hook(b"x", "wrong-token").status == 401
        text = "".join(path.read_text() for path in (made.home / "log").glob("*.log"))
        for secret in (TOKEN, SECRET.removeprefix("whsec_"), "wrong-token"):
            assert secret not in text
