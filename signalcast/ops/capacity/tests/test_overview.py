"""What an operator sees of the number of processes, and why it is what it is."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from signalcast.work.models import ProcessBeat, ScalingDecision

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def said(*words: str) -> str:
    out = io.StringIO()
    call_command("capacity", *words, stdout=out)
    return out.getvalue()


def test_processes_are_counted_by_host_and_role_and_decisions_come_with_reasons() -> None:
    assert "No process" in said()
    for number in range(3):
        age = timedelta(seconds=100 if number == 2 else 0)
        ProcessBeat.objects.create(
            host="one",
            role="worker",
            name=f"worker-{number}",
            pid=7,
            seen_at=timezone.now() - age,
        )
    for before, after, reason in ((1, 2, "the oldest row waits"), (2, 1, "nothing waited")):
        ScalingDecision.objects.create(
            host="one", role="worker", before=before, after=after, reason=reason
        )

    found = json.loads(said("--json"))
    assert found["strategy"] == "off"
    [row] = found["roles"]
    assert (row["host"], row["role"], row["running"]) == ("one", "worker", 2)
    assert [one["reason"] for one in found["decisions"]] == [
        "nothing waited",
        "the oldest row waits",
    ]
    assert "one worker 2 -> 1: nothing waited" in said()
