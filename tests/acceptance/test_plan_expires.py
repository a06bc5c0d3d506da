"""Scenario 16: plans end while a signal is on its way. Who has lost the right gets nothing more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.scenario(16), pytest.mark.wide]

STAYING = [f"stays{number}" for number in range(20)]
ENDING = [f"ends{number}" for number in range(20)]


def test_who_loses_a_plan_between_fan_out_and_send_gets_nothing(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database()) as made:
        made.prepare(document(targets, [*STAYING, *ENDING]))
        made.start("valkey")
        made.start("web", "--workers", "1")
        made.start("worker")
        made.wait_ready()
        played = Played(made, targets, STAYING)
        played.poster.insist("a-signal")
        wait_for(
            lambda: made.query("Delivery.objects.count()") == len(STAYING) + len(ENDING),
            within=30,
            every=0.2,
            message="fanned out to everybody",
        )
        made.query(
            "__import__('signalcast.plans.models', fromlist=['x']).Subscription.objects"
            ".filter(user__email__startswith='ends').update(ends_at=Now())"
        )
        made.start("sender")

        played.wait_until_delivered(within=30)
        wait_for(
            lambda: not made.query("Delivery.objects.filter(due__isnull=False).count()"),
            within=30,
            every=0.2,
            message="nothing waits any more",
        )
        assert {arrival.name for arrival in targets.arrivals} == set(STAYING)
        reasons = made.query(
            "list(Delivery.objects.filter(state='discarded').values_list('reason', flat=True))"
        )
        assert reasons == ["The subscription ended before it was sent."] * len(ENDING)
