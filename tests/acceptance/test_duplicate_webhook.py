"""Scenario 5: the same alert comes again and again, in sequence and fifty times at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(5)]


def alert(comment: str) -> bytes:
    return json.dumps(
        {"ticker": "BTCUSDT", "action": "buy", "price": 64250.5, "comment": comment}
    ).encode()


def test_a_repeated_alert_makes_one_signal(directory: Path, targets: Receivers, seed: int) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("valkey")
        made.start("web", "--workers", "2")
        made.start("worker")
        made.start("sender")
        made.wait_ready()
        played = Played(made, targets, ["alice"])

        in_sequence = [played.poster.hook(alert(f"a-{seed}")) for _ in range(4)]
        with ThreadPoolExecutor(50) as pool:
            at_once = list(pool.map(played.poster.hook, [alert(f"b-{seed}")] * 50))
        for answers in (in_sequence, at_once):
            assert {answer.status for answer in answers} == {202}
            assert len({answer.body["receipts"][0]["id"] for answer in answers}) == 1
            states = [answer.body["receipts"][0]["status"] for answer in answers]
            assert states.count("accepted") == 1
        wait_for(lambda: len(targets.of("alice")) >= 2, within=30, message="both signals")

        made.query("IdempotencyKey.objects.update(expires_at='2020-01-01T00:00Z')")
        again = played.poster.hook(alert(f"a-{seed}"))
        assert again.body["receipts"][0]["status"] == "accepted"
        wait_for(lambda: len(targets.of("alice")) == 3, within=30, message="the new alert")
        assert made.query("Signal.objects.count()") == 3
