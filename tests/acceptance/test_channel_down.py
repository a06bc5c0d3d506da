"""Promise 7: a whole channel that hangs hurts no other channel."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide, pytest.mark.alone]

PEOPLE = [f"s{number}" for number in range(20)]
SIGNALS = 10
#: More than one sender may hold open at a time, twice over.
ON_THE_SILENT_CHANNEL = 120
SLOTS = 20
TOKEN = "t" * 20


@contextmanager
def silent_server() -> Iterator[int]:
    """A port at which connections are taken and nothing is ever answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=1_024) as server:
        yield server.getsockname()[1]


def test_a_channel_whose_service_hangs_does_not_delay_the_others(
    directory: Path, targets: Receivers
) -> None:
    with (
        silent_server() as port,
        installation(directory, Database(), SIGNALCAST_SENDER_SLOTS=str(SLOTS)) as made,
    ):
        wanted = document(targets, PEOPLE)
        wanted["plans"][0]["channels"].append("discord")
        wanted["users"].append(
            {
                "email": "silent@example.org",
                "plans": ["crypto"],
                "destinations": [
                    {
                        "channel": "discord",
                        "url": f"http://127.0.0.1:{port}/api/webhooks/{10_000 + number}/{TOKEN}",
                    }
                    for number in range(ON_THE_SILENT_CHANNEL)
                ],
            }
        )
        made.prepare(wanted)
        made.start_all(senders=1)
        played = Played(made, targets, PEOPLE)
        slowest = 0.0
        for number in range(SIGNALS):
            began = time.monotonic()
            played.poster.insist(f"signal-{number}")
            played.wait_until_delivered(within=10)
            slowest = max(slowest, time.monotonic() - began)

        # The service may take 15 s for an answer, and holds all the slots that it can get.
        assert slowest < 5
        # What a subscriber has is noted a moment later.
        accepted = "Attempt.objects.filter(outcome='accepted').count()"
        wait_for(lambda: made.query(accepted) == 200, within=20, message="each try is noted")
        waiting = "Delivery.objects.filter(destination__kind='discord').exclude(state='sent')"
        assert made.query(f"{waiting}.count()") == ON_THE_SILENT_CHANNEL * SIGNALS
