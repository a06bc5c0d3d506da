"""Pauses hold and history stays, whatever is restarted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: A minute until a scheduler adds up what processes told, and some.
SOON = 100.0
STEPS = "__import__('signalcast.ops.queues.models', fromlist=['models']).QueueStep.objects"


def ready(made: Installation, *, expect: int) -> int:
    """Due receipts, as the command tells that exits with how it is."""
    told = made.run("queues", "--json", expect=expect)
    document = json.loads(told[told.index("{") :])
    return sum(line["ready"] for line in document["work"] if line["kind"] == "receipt")


def restart(made: Installation) -> None:
    """Everything, from the web server to the broker."""
    for process in made.started("up"):
        process.terminate()
        process.wait()
    made.start("up")
    made.wait_ready()
    wait_for(
        lambda: not made.run("queues", expect=None).startswith("stopped"),
        within=SOON,
        message="beats",
    )


def test_a_pause_and_the_history_outlive_a_restart_of_everything(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        assert ready(made, expect=2) == 0
        made.start("up")
        made.wait_ready()
        played = Played(made, targets, ["alice"])
        played.poster.insist("before")
        played.wait_until_delivered(within=SOON)
        wait_for(
            lambda: "running" in made.run("queues", expect=None),
            within=SOON,
            every=1,
            message="beats",
        )

        made.run("queues", "pause", "high", "--reason", "update")
        restart(made)
        played.poster.insist("meanwhile")
        assert ready(made, expect=1) == 1
        counted = f"{STEPS}.filter(step=60).aggregate(Sum('handled'))['handled__sum']"
        handled = wait_for(lambda: made.query(counted), within=SOON, message="history")
        # A scheduler has looked for rows that nobody claims many times by now.
        assert ready(made, expect=1) == 1

        made.run("queues", "resume", "high")
        played.wait_until_delivered(within=SOON)
        restart(made)
        assert made.query(counted) >= handled
        actions = made.query("list(AuditEntry.objects.values_list('action', flat=True))")
        assert sorted(actions) == ["documents.loaded", "queue.paused", "queue.resumed"]
