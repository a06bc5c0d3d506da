"""A clock that jumps: what is of a time that has not come neither breaks nor hides anything."""

from __future__ import annotations

import pytest

from signalcast.core.clock import from_now
from signalcast.delivery.models import Post
from signalcast.intake.models import Receipt
from signalcast.ops.alerts.models import Alert
from signalcast.ops.console.look import look
from signalcast.ops.console.tests.scene import deliver, live
from signalcast.ops.console.verdict import verdict
from signalcast.ops.health.beats import beats
from signalcast.ops.health.checks import clocks, latency, processes, queues, sources
from signalcast.ops.health.examine import Examiner
from signalcast.ops.health.finding import State
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.registry import checks
from signalcast.ops.health.waits import waits
from signalcast.portal.tests.cast import NEW, Cast, make_cast, signed_in, staff, text
from signalcast.work.models import Job, JobAttempt, ProcessBeat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
HOUR = 3_600.0


@pytest.fixture
def cast() -> Cast:
    """An installation whose clock was set back by an hour: all that happened is yet to come."""
    made = make_cast()
    deliver(ago=-HOUR, took=0.2)
    made.world.receive(NEW | {"id": "ahead"}, due=from_now(HOUR), received_at=from_now(HOUR))
    Post.objects.update(created_at=from_now(HOUR))
    job = Job.objects.create(name="prune_work", due=from_now(HOUR))
    JobAttempt.objects.create(
        job=job, generation=1, process="p", started_at=from_now(HOUR), finished_at=from_now(HOUR)
    )
    Alert.objects.create(
        key="latency:", open_key="latency:", rule="latency", words="-", since=from_now(HOUR)
    )
    return made


def examined() -> int:
    """How many of two checks a scheduler that has just started runs."""
    examiner = Examiner({name: checks()[name] for name in ("database", "queues")})
    ran = examiner.examine()
    examiner.close()
    return ran


@pytest.mark.usefixtures("cast")
def test_what_was_in_the_time_to_come_is_no_flow_and_no_wait() -> None:
    live()
    found = look()

    assert [tile.flow.per_minute for tile in found.tiles] == [0.0] * 4
    assert [tile.wait for tile in found.tiles] == [0.0] * 4
    assert found.channels == []
    assert waits() == {}
    assert verdict(found).state == "ok"


def test_what_comes_after_the_jump_is_counted(cast: Cast) -> None:
    live()
    cast.world.receive(NEW | {"id": "after"}, due=from_now(-5))

    found = look()

    assert found.tiles[0].flow.per_minute == 1.0
    assert found.tiles[1].wait >= 5
    assert Receipt.objects.count() == 3


def test_a_process_that_died_before_the_jump_is_missed() -> None:
    live("web", "worker", "scheduler")
    live("sender", seen=HOUR)

    assert {beat.role: silence > 30 for beat, silence in beats()}["sender"]
    assert "sender" in look().absent
    assert verdict(look()).plain().startswith("Signals do not flow: no sender is alive since")
    assert processes.look().state == State.FAILED


def test_a_beat_of_a_blink_ahead_is_a_living_process() -> None:
    live(seen=0.5)

    assert look().absent == {}
    assert look().lost == []


@pytest.mark.usefixtures("cast")
def test_pages_and_checks_survive_negative_ages() -> None:
    live(seen=HOUR)
    ProcessBeat.objects.update(clock_offset=-HOUR)
    examined()
    CheckState.objects.update(checked_at=from_now(HOUR), since=from_now(HOUR))

    olga = signed_in(staff("hanna", "owner"))
    for path in ("/ops/", "/ops/health/", "/ops/alerts/", "/ops/queues/", "/ops/audit/"):
        text(olga, path)
    assert queues.look().state == State.OK
    assert latency.look().state == State.OK
    ProcessBeat.objects.update(seen_at=from_now(0))
    assert clocks.look().state == State.FAILED
    assert sources.look().state in (State.OK, State.SKIPPED)


def test_a_check_whose_next_run_is_far_ahead_runs_all_the_same() -> None:
    examined()
    CheckState.objects.update(due=from_now(HOUR), checked_at=from_now(HOUR))

    assert examined() == 2
    assert not CheckState.objects.filter(checked_at__gt=from_now(60)).exists()
    assert examined() == 0
