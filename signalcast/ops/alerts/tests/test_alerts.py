"""Alerts fire once, are told once, come to an end, and see what must not be missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from signalcast.core.clock import now
from signalcast.delivery.tests.world import make_world
from signalcast.ops.alerts.acknowledge import acknowledge
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import Lookout
from signalcast.ops.alerts.models import Alert, Maintenance, Notice, Receiver, RuleSetting
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.ops.alerts.silence import end_silence, silence
from signalcast.ops.health.finding import State
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.waits import Place
from signalcast.pipeline import Queue
from signalcast.work.models import ProcessBeat

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

LATE = View(waits={Place("delivery", Queue.HIGH): 40.0})
WELL = View()


def watching() -> Evaluator:
    return Evaluator(rules())


def told() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("about", flat=True))


@pytest.fixture
def ops() -> Receiver:
    return Receiver.objects.create(kind="webhook", address="https://ops.example.org/")


def hasty() -> Evaluator:
    """One to whom a trouble that is gone is over."""
    return Evaluator(rules(), clear_for=0.0)


def test_an_alert_fires_once_and_is_told_once_however_many_watch(ops: Receiver) -> None:
    evaluators = [watching() for _ in range(3)]
    for evaluator in evaluators * 3:
        evaluator.evaluate(LATE)

    alert = Alert.objects.get()
    assert alert.key == "queue_wait_high:"
    assert "waiting for 40 s" in alert.words
    assert told() == ["fired"]


def test_it_is_resolved_once_and_whoever_was_told_is_told(ops: Receiver) -> None:
    evaluators = [hasty() for _ in range(2)]
    for evaluator in evaluators:
        evaluator.evaluate(LATE)
    for evaluator in evaluators:
        evaluator.evaluate(WELL)

    assert Alert.objects.get().resolved_at is not None
    assert told() == ["fired", "resolved"]


def test_a_moment_of_wellness_does_not_resolve_it(ops: Receiver) -> None:
    evaluator = watching()
    for view in (LATE, WELL, LATE, WELL):
        evaluator.evaluate(view)

    assert Alert.objects.get().resolved_at is None
    assert told() == ["fired"]


def test_an_alert_survives_the_restart_of_whoever_watches(ops: Receiver) -> None:
    watching().evaluate(LATE)
    after = hasty()
    after.evaluate(LATE)
    assert told() == ["fired"]

    after.evaluate(WELL)
    assert told() == ["fired", "resolved"]


def test_what_comes_and_goes_is_told_once_within_its_throttle(ops: Receiver) -> None:
    evaluator = hasty()
    for _ in range(4):
        evaluator.evaluate(LATE)
        evaluator.evaluate(WELL)

    assert Alert.objects.count() == 4
    assert told() == ["fired", "resolved"]


def test_each_rule_has_a_throttle_of_its_own(ops: Receiver) -> None:
    evaluator = watching()
    evaluator.evaluate(LATE)
    evaluator.evaluate(View(waits={**LATE.waits, Place("job", Queue.DEFAULT): 500.0}))

    assert sorted(Alert.objects.values_list("rule", flat=True)) == [
        "queue_wait_default",
        "queue_wait_high",
    ]
    assert told() == ["fired", "fired"]


def test_what_lasts_is_told_again_until_somebody_acknowledges_it(ops: Receiver) -> None:
    watching().evaluate(LATE)
    Alert.objects.update(told_at=now() - timedelta(hours=2))
    watching().evaluate(LATE)
    assert told() == ["fired", "reminder"]

    assert acknowledge(Alert.objects.get().pk, by="olga@example.org")
    assert not acknowledge(Alert.objects.get().pk, by="otto@example.org")
    Alert.objects.update(told_at=now() - timedelta(hours=2))
    watching().evaluate(LATE)
    assert told() == ["fired", "reminder"]
    assert Alert.objects.get().acknowledged_by == "olga@example.org"


def test_a_maintenance_is_silent_and_what_lasts_is_told_after_it(ops: Receiver) -> None:
    silence(30, by="olga")
    evaluator = watching()
    evaluator.evaluate(LATE)
    assert Alert.objects.count() == 1
    assert told() == []

    end_silence(by="olga")
    evaluator.evaluate(LATE)
    assert told() == ["fired"]


def test_a_planned_maintenance_is_silent_once_it_begins(ops: Receiver) -> None:
    window = silence(30, begins_in=60, by="olga")
    assert window.ends_at - window.starts_at == timedelta(minutes=30)
    evaluator = hasty()
    evaluator.evaluate(LATE)
    assert told() == ["fired"]

    Maintenance.objects.update(starts_at=Now() - timedelta(minutes=1))
    Alert.objects.update(told_at=Now() - timedelta(hours=2))
    watching().evaluate(LATE)
    assert told() == ["fired"]
    Maintenance.objects.update(ends_at=Now())
    watching().evaluate(LATE)
    assert told() == ["fired", "reminder"]


def test_what_nobody_was_told_of_is_not_told_to_be_over(ops: Receiver) -> None:
    silence(30, by="olga")
    evaluator = hasty()
    evaluator.evaluate(LATE)
    evaluator.evaluate(WELL)

    assert Alert.objects.get().resolved_at is not None
    assert told() == []


def test_a_maintenance_of_one_rule_leaves_the_others_loud(ops: Receiver) -> None:
    silence(30, rule="stalled", by="olga")
    watching().evaluate(LATE)

    assert told() == ["fired"]


def test_an_owner_moves_a_threshold_and_switches_a_rule_off(ops: Receiver) -> None:
    setting = RuleSetting.objects.create(rule="queue_wait_high", threshold=60.0)
    watching().evaluate(LATE)
    assert not Alert.objects.exists()

    setting.threshold = 30.0
    setting.save()
    watching().evaluate(LATE)
    assert told() == ["fired"]
    RuleSetting.objects.update(is_on=False)
    hasty().evaluate(WELL)
    assert Alert.objects.get().resolved_at is not None


def checked(name: str, **fields: Any) -> CheckState:
    moment = timezone.now()
    return CheckState.objects.create(
        **{"name": name, "checked_at": moment, "since": moment - timedelta(minutes=5)} | fields
    )


@pytest.mark.parametrize(
    ("name", "fields", "key"),
    [
        ("deliveries", {"parts": {"telegram": 40.0, "email": 99.0}}, "delivery_success:telegram"),
        ("failures", {"parts": {"given_up": 25.0, "errors": 0.0}}, "failure_rate:"),
        ("failures", {"parts": {"given_up": 0.0, "errors": 50.0}}, "error_rate:"),
        ("latency", {"figure": 44.0}, "latency:"),
        ("sources", {"parts": {"desk": 3.0}}, "no_arrivals:desk"),
        ("disk", {"figure": 93.0, "host": "one"}, "disk:one"),
        ("broker", {"state": State.FAILED}, "check_failed:broker"),
        ("queues", {"state": State.CRASHED}, "check_crashed:queues"),
    ],
)
def test_what_checks_find_fires_its_rule(name: str, fields: dict[str, Any], key: str) -> None:
    checked(name, **fields)
    evaluator = watching()
    evaluator.evaluate(Lookout(settle=0).look_around())

    assert [alert.key for alert in Alert.objects.all()] == [key]


def test_a_paused_check_fires_nothing() -> None:
    checked("broker", state=State.FAILED, paused_until=timezone.now() + timedelta(hours=1))
    watching().evaluate(Lookout(settle=0).look_around())

    assert not Alert.objects.exists()


def test_checks_that_nobody_runs_any_more_mean_a_lost_scheduler() -> None:
    long_ago = timezone.now() - timedelta(minutes=20)
    for name in ("database", "broker"):
        checked(name, checked_at=long_ago)
    watching().evaluate(Lookout(grace=0, settle=0).look_around())
    assert [alert.key for alert in Alert.objects.all()] == ["scheduler_lost:"]


def test_after_a_stop_of_everything_the_first_look_is_silent() -> None:
    checked("database", checked_at=timezone.now() - timedelta(hours=20))
    watching().evaluate(Lookout(settle=0).look_around())

    assert not Alert.objects.exists()


def test_rows_that_are_old_because_everything_was_stopped_get_a_moment() -> None:
    make_world().receive({"id": "tv-1"}, due=timezone.now() - timedelta(seconds=90))
    watching().evaluate(Lookout().look_around())

    assert not Alert.objects.exists()


def test_blind_spot_a_a_backlog_with_nobody_to_work_it_off_is_seen(ops: Receiver) -> None:
    """Wait is the age of the oldest due row, so it grows when nothing completes at all."""
    world = make_world()
    for number in range(50):
        world.receive({"id": f"tv-{number}"}, due=timezone.now() - timedelta(seconds=90))

    watching().evaluate(Lookout(settle=0).look_around())

    assert "queue_wait_high:" in [alert.key for alert in Alert.objects.all()]
    assert "fired" in told()


def test_blind_spot_a_hung_workers_that_hold_rows_for_ever_are_seen() -> None:
    """Rows in hand that stay the same while others wait are no progress."""
    world = make_world()
    held = world.receive(
        {"id": "held"}, due=None, leased_until=timezone.now() - timedelta(seconds=1)
    )
    world.receive({"id": "next"}, due=timezone.now() - timedelta(seconds=90))
    stalled = Evaluator({"stalled": rules()["stalled"]})
    RuleSetting.objects.create(rule="stalled", threshold=0.0)
    lookout = Lookout(settle=0)
    stalled.evaluate(lookout.look_around())
    held.generation += 1
    held.save()
    moved = lookout.look_around()
    assert moved.still["receipt"] < 0.001 or not Alert.objects.exists()

    stalled.evaluate(lookout.look_around())

    assert Alert.objects.get().key == "stalled:receipt"


def test_nothing_is_wrong_in_an_installation_at_rest() -> None:
    make_world()
    for name in ("database", "deliveries", "failures", "sources"):
        checked(name, state=State.OK)
    watching().evaluate(Lookout(grace=0, settle=0).look_around())

    assert not Alert.objects.exists()


def test_an_idle_look_costs_one_statement(django_assert_max_num_queries: Any) -> None:
    evaluator, lookout = watching(), Lookout(settle=0)
    evaluator.evaluate(lookout.look_around())

    with django_assert_max_num_queries(1):
        evaluator.evaluate(lookout.look_around())


def test_a_rule_that_finds_several_troubles_keeps_an_alert_for_each() -> None:
    def look(_view: View, _threshold: float) -> Iterator[Trouble]:
        yield Trouble("one", "One.")
        yield Trouble("two", "Two.")

    rule = Rule("several", "Several", "Look.", look, 1.0, "")
    Evaluator({"several": rule}).evaluate(WELL)

    assert sorted(Alert.objects.values_list("key", flat=True)) == ["several:one", "several:two"]


def test_a_scheduler_that_no_longer_beats_is_lost_within_a_minute() -> None:
    checked("database")
    ProcessBeat.objects.create(
        host="one",
        role="scheduler",
        name="scheduler-0",
        pid=7,
        seen_at=timezone.now() - timedelta(seconds=45),
    )
    watching().evaluate(Lookout(grace=0, settle=0).look_around())
    assert [alert.key for alert in Alert.objects.all()] == ["scheduler_lost:"]


def test_a_process_that_is_lost_fires_and_its_successor_resolves() -> None:
    checked("processes", state="failed", since=timezone.now() - timedelta(seconds=40))
    Evaluator(rules(), clear_for=0).evaluate(Lookout(grace=0, settle=0).look_around())
    assert [alert.key for alert in Alert.objects.all()] == ["process_lost:"]
    CheckState.objects.update(state="ok", since=timezone.now())
    Evaluator(rules(), clear_for=0).evaluate(Lookout(grace=0, settle=0).look_around())
    assert Alert.objects.get().resolved_at is not None
