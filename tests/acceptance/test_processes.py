"""Processes say that they live, and do what an operator tells them."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Two beats, and what a process needs to end and to start.
SOON = 45.0


def beats(made: Installation) -> dict[str, dict[str, Any]]:
    """What is known of each process, by its name."""
    return {row["name"]: row for row in made.query("list(ProcessBeat.objects.values())")}


def tell(made: Installation, order: str, **which: str) -> None:
    found = ", ".join(f"{name}={value!r}" for name, value in which.items())
    assert made.query(f"ProcessBeat.objects.filter({found}).update(order={order!r})")


def wait_until_all(made: Installation, state: str, **which: str) -> None:
    [(field, value)] = which.items()
    wait_for(
        lambda: {row["state"] for row in beats(made).values() if row[field] == value} == {state},
        within=SOON,
        message=f"{value} {state}",
    )


def wait_for_another(made: Installation, name: str, pid: int) -> None:
    wait_for(
        lambda: beats(made).get(name, {"pid": pid})["pid"] != pid,
        within=SOON,
        message=f"another {name}",
    )


def test_processes_rest_go_on_restart_and_retire_as_they_are_told(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database(), SIGNALCAST_TELEGRAM_POLLING="1") as made:
        made.prepare(document(targets, ["alice"]))
        up = made.start("up")
        made.wait_ready()
        everybody = {
            *("web-0", "worker-0", "worker-1", "sender-0", "sender-1"),
            *("scheduler-0", "telegram-0"),
        }
        wait_for(lambda: set(beats(made)) == everybody, within=SOON, message="all beats")
        assert all(row["rss"] > 10_000_000 for row in beats(made).values())
        assert all(abs(row["clock_offset"]) < 1 for row in beats(made).values())

        for role in ("sender", "worker"):
            tell(made, "drain", role=role)
        wait_until_all(made, "resting", role="sender")
        wait_until_all(made, "resting", role="worker")
        played = Played(made, targets, ["alice"])
        played.poster.insist("while-they-rest")
        tell(made, "resume", role="worker")
        waiting = "Delivery.objects.filter(state='due').count()"
        wait_for(lambda: made.query(waiting) == 1, within=SOON, message="fan-out")
        assert not targets.of("alice")
        tell(made, "resume", role="sender")
        played.wait_until_delivered(within=SOON)

        old = beats(made)
        tell(made, "restart", name="worker-0")
        wait_for_another(made, "worker-0", old["worker-0"]["pid"])
        os.kill(old["worker-1"]["pid"], signal.SIGKILL)
        wait_for_another(made, "worker-1", old["worker-1"]["pid"])
        played.poster.insist("after-restarts")
        played.wait_until_delivered(within=SOON)

        tell(made, "retire", name="sender-1")
        wait_for(lambda: "sender-1" not in beats(made), within=SOON, message="its end")
        seen = beats(made)["sender-0"]["seen_at"]
        wait_for(
            lambda: beats(made)["sender-0"]["seen_at"] != seen, within=SOON, message="another beat"
        )
        assert "sender-1" not in beats(made)
        played.poster.insist("with-one-sender")
        played.wait_until_delivered(within=SOON)

        # Those that ended as they should are missed by nobody.
        up.terminate()
        up.wait()
        assert not beats(made)
