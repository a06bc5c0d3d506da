"""Scenario 7: one endpoint hangs, some answer 500; the healthy ones don't notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(7), pytest.mark.wide, pytest.mark.alone]

SIGNALS = 40
HEALTHY = [f"s{number}" for number in range(20)]
#: Requests to one destination that one sender has in flight at most.
MOST_AT_ONE = 4


def test_a_hanging_and_a_broken_endpoint_hurt_nobody_else(
    directory: Path, targets: Receivers, seed: int
) -> None:
    with installation(directory, Database(), SIGNALCAST_SENDER_SLOTS="20") as made:
        made.prepare(document(targets, [*HEALTHY, "hanging", "broken"]))
        made.start_all(senders=2)
        played = Played(made, targets, HEALTHY)
        calm = _slowest(played, [f"calm-{seed}-{number}" for number in range(SIGNALS)])

        targets.behaviour["hanging"].hang = 30
        targets.behaviour["broken"].then = 500
        troubled = _slowest(played, [f"trouble-{seed}-{number}" for number in range(SIGNALS)])

        # A sender that waited for the hanging endpoint would be late by its 15 s.
        assert troubled < max(calm * 4, 5)
        assert targets.most_in_hand["hanging"] <= 2 * MOST_AT_ONE
        waiting = made.query(
            "list(Delivery.objects.filter(destination__address__endswith='/broken')"
            ".exclude(state='sent').values_list('state', flat=True).distinct())"
        )
        assert set(waiting) <= {"retrying", "due"}
        assert waiting


def _slowest(played: Played, comments: list[str]) -> float:
    """Seconds from the first post to the last arrival at a healthy subscriber."""
    began = len(played.receivers.arrivals)
    for comment in comments:
        played.poster.insist(comment)
    wait_for(
        lambda: all(
            {arrival.comment for arrival in played.receivers.accepted(name)} >= set(comments)
            for name in HEALTHY
        ),
        within=60,
        message="the healthy ones have everything",
    )
    arrivals = [arrival.at for arrival in played.receivers.arrivals[began:]]
    return max(arrivals) - min(arrivals)
