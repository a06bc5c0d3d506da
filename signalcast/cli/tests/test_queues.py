"""`signalcast queues` as a person at a shell and a script meet it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management.base import CommandError

from signalcast.accounts.models import AuditEntry
from signalcast.cli.tests.test_commands import ran
from signalcast.core.clock import from_now
from signalcast.ops.queues.keep_history import keep_history
from signalcast.ops.queues.models import DeployMark
from signalcast.ops.queues.tell_minutes import tell_minutes
from signalcast.pipeline import Queue
from signalcast.work.histogram import Histogram
from signalcast.work.meter import Measured, Minute, meter
from signalcast.work.models import Job, Pause, ProcessBeat, ScalingDecision

pytestmark = pytest.mark.django_db(transaction=True)


def beat(name: str, **fields: Any) -> ProcessBeat:
    about = {"host": "one", "role": name.partition("-")[0], "name": name, "pid": 7}
    return ProcessBeat.objects.create(**about, **fields)


def code(*arguments: str) -> int:
    """What a command exits with."""
    with pytest.raises(SystemExit) as left:
        ran("queues", *arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


def test_the_overview_exits_with_how_it_is() -> None:
    assert code() == 2
    beat("worker-0")
    assert code() == 2
    beat("sender-0")
    assert "running" in ran("queues")
    ran("queues", "pause", "high", "--for", "15m", "--reason", "moving")
    assert code() == 1
    assert code("--json") == 1
    ran("queues", "resume", "high")
    assert json.loads(ran("queues", "--json"))["status"] == "running"


def test_a_pause_is_made_and_ended_with_an_entry_in_the_audit_log() -> None:
    assert "rests for 4h" in ran("queues", "pause", "notifications", "--for", "4h")
    assert "rests until it is resumed" in ran("queues", "pause", "notifications")
    assert Pause.objects.get().until is None
    assert "goes on" in ran("queues", "resume", "notifications")
    with pytest.raises(CommandError, match="was not paused"):
        ran("queues", "resume", "notifications")
    entries = AuditEntry.objects.order_by("pk").values_list("action", "by", "target")
    assert [(by, target) for _action, by, target in entries] == [("shell", "notifications")] * 3


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["pause", "moon"], "There are: high, default, notifications"),
        (["pause", "high", "--for", "soon"], "write 90s, 15m"),
        (["pause", "high", "--for", "400d"], "up to 30 days"),
        (["drain"], "Say whom to drain"),
        (["restart", "--role", "worker"], "No such process is alive"),
        (["history", "--step", "7m"], "it can be 1m, 5m, 1h"),
        (["history", "--range", "30d"], "choose a longer step"),
        (["decisions", "-n", "0"], "between 1 and 10000"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        ran("queues", *arguments)
    assert not AuditEntry.objects.exists()


def test_processes_are_told_by_name_role_host_or_all() -> None:
    beat("worker-0")
    beat("sender-0")
    beat("worker-1", seen_at=from_now(-100))
    assert "2 told to drain" in ran("queues", "drain", "--all")
    assert "1 told to restart" in ran("queues", "restart", "--role", "worker")
    assert "1 told to resume" in ran("queues", "resume", "--process", "sender-0")
    assert "2 told to retire" in ran("queues", "retire", "--host", "one")
    assert AuditEntry.objects.count() == 4

    listed = json.loads(ran("queues", "processes", "--json"))
    assert {one["name"]: one["state"] for one in listed} == {
        "worker-0": "running",
        "sender-0": "running",
        "worker-1": "lost",
    }
    assert "retire" in ran("queues", "processes")


def test_history_and_decisions_are_listed() -> None:
    histogram = Histogram()
    histogram.add([0.5])
    meter.put_back(
        {Minute(meter.minute() - 5, "job", Queue.HIGH): Measured(1, 0, histogram, histogram)}
    )
    tell_minutes("worker", "worker-0")
    Job.objects.create(name="a", queue=Queue.HIGH, due=from_now(-1))
    keep_history()
    assert "is marked" in ran("queues", "mark", "2.0")
    assert "was running already" in ran("queues", "mark", "2.0")
    assert DeployMark.objects.count() == 1

    found = json.loads(ran("queues", "history", "--json"))
    assert [point["handled_rows"] for point in found["points"]] == [1]
    assert found["deploys"][0]["version"] == "2.0"
    shown = ran("queues", "history", "--kind", "job", "--queue", "high")
    assert "500 ms / 500 ms / 500 ms / 500 ms" in shown
    assert "version 2.0" in shown

    ScalingDecision.objects.create(host="one", role="worker", before=4, after=5, reason="late")
    assert "4 -> 5" in ran("queues", "decisions")
    assert json.loads(ran("queues", "decisions", "--json"))[0]["reason"] == "late"
