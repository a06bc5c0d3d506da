"""Every rule fires, resolves, and keeps its own throttle; none hides another one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from signalcast.delivery.tests.world import make_world
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import Lookout
from signalcast.ops.alerts.models import Alert, Notice, Receiver, RuleSetting
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import View
from signalcast.ops.health.examine import Examiner
from signalcast.ops.health.finding import Check, Finding, State
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.waits import Place
from signalcast.pipeline import Queue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def said(name: str, **fields: Any) -> View:
    """A view in which one check has said something, for a while."""
    since = timezone.now() - timedelta(minutes=5)
    return View(checks=[CheckState(**{"name": name, "since": since, "words": "Look."} | fields)])


def waiting(queue: Queue, seconds: float) -> View:
    return View(waits={Place("job", queue): seconds})


#: What breaks each rule.
BROKEN = {
    "queue_wait_high": waiting(Queue.HIGH, 13.0),
    "queue_wait_default": waiting(Queue.DEFAULT, 121.0),
    "queue_wait_notifications": waiting(Queue.NOTIFICATIONS, 1_201.0),
    "stalled": View(waits={Place("receipt", Queue.HIGH): 12.5}, still={"receipt": 13.0}),
    "delivery_success": said("deliveries", parts={"email": 50.0}),
    "failure_rate": said("failures", parts={"given_up": 11.0}),
    "error_rate": said("failures", parts={"errors": 21.0}),
    "latency": said("latency", figure=31.0),
    "no_arrivals": said("sources", parts={"desk": 2.5}),
    "disk": said("disk", figure=91.0, host="one"),
    "check_failed": said("broker", state=State.FAILED),
    "check_crashed": said("broker", state=State.CRASHED, words=""),
    "process_lost": said("processes", state=State.FAILED, figure=1.0),
    "scheduler_lost": View(unwatched=41.0),
}


@pytest.fixture
def ops() -> Receiver:
    return Receiver.objects.create(kind="webhook", address="https://ops.example.org/")


def told() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("alert__rule", "about"))


def test_nothing_has_a_rule_that_is_not_played_here() -> None:
    assert set(BROKEN) == set(rules())


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_it_fires_is_told_once_and_resolves(ops: Receiver, name: str) -> None:
    evaluator = Evaluator({name: rules()[name]}, clear_for=0.0)
    for _ in range(3):
        evaluator.evaluate(BROKEN[name])
    assert told() == [(name, "fired")]

    evaluator.evaluate(View())
    assert told() == [(name, "fired"), (name, "resolved")]
    assert Alert.objects.get().resolved_at is not None


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_its_throttle_is_its_own(ops: Receiver, name: str) -> None:
    """One is told again after a minute, the others after an hour: only that one is."""
    RuleSetting.objects.create(rule=name, throttle=60)
    others = [other for other in BROKEN if other != name][:2]
    chosen = {one: rules()[one] for one in (name, *others)}
    evaluator = Evaluator(chosen)
    views = [BROKEN[one] for one in chosen]
    everything = View(
        waits={place: age for view in views for place, age in view.waits.items()},
        still={kind: age for view in views for kind, age in view.still.items()},
        checks=[row for view in views for row in view.checks],
        unwatched=max(view.unwatched for view in views),
    )
    evaluator.evaluate(everything)
    assert {rule for rule, _about in told()} == set(chosen)
    Alert.objects.update(told_at=Now() - timedelta(minutes=2))
    Evaluator(chosen).evaluate(everything)

    assert [one for one in told() if one[1] == "reminder"] == [(name, "reminder")]


def test_a_check_that_fails_keeps_no_other_from_being_told_within_the_hour(ops: Receiver) -> None:
    evaluator = Evaluator(rules())
    evaluator.evaluate(said("broker", state=State.FAILED))
    evaluator.evaluate(
        View(checks=[*said("broker", state=State.FAILED).checks,
                     *said("cache", state=State.FAILED).checks])
    )  # fmt: skip

    subjects = list(Notice.objects.order_by("pk").values_list("alert__subject", flat=True))
    assert subjects == ["broker", "cache"]


class Speechless(Exception):
    """Says nothing, and breaks whoever asks."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def test_a_check_that_broke_without_a_word_is_told_in_words(ops: Receiver) -> None:
    def look() -> Finding:
        raise Speechless

    examiner = Examiner({"database": Check(title="Database", meaning="Looks.", run=look)})
    examiner.examine()
    examiner.close()
    CheckState.objects.update(since=timezone.now() - timedelta(minutes=2))
    Evaluator(rules()).evaluate(Lookout(settle=0).look_around())

    assert told() == [("check_crashed", "fired")]
    assert Alert.objects.get().words == "database: The check broke: Speechless"


def estimated_wait(waiting: int, runtimes: list[float], processes: int) -> float:
    """What stands in for a wait elsewhere: rows times their mean runtime since the counters were
    last taken away, by processes that live."""
    mean = sum(runtimes) / len(runtimes) if runtimes else 0.0
    return waiting * mean / processes if processes else waiting * mean


def test_blind_spot_a_an_estimate_is_zero_when_nothing_completes_and_an_age_is_not(
    ops: Receiver,
) -> None:
    assert estimated_wait(5_000, [2.0] * 100, 10) == 1_000.0
    assert estimated_wait(5_000, [], 10) == 0.0  # the same workers, hung since the last snapshot

    world = make_world()
    for number in range(50):
        world.receive({"id": f"tv-{number}"}, due=timezone.now() - timedelta(seconds=60))
    Evaluator(rules()).evaluate(Lookout(settle=0).look_around())
    assert ("queue_wait_high", "fired") in told()


def test_blind_spot_b_queues_are_watched_although_no_process_was_ever_seen(ops: Receiver) -> None:
    listed_by_processes: list[str] = []
    assert [estimated_wait(5_000, [2.0], 0) for _queue in listed_by_processes] == []

    make_world().receive({"id": "tv-1"}, due=timezone.now() - timedelta(seconds=60))
    Evaluator(rules()).evaluate(Lookout(settle=0).look_around())
    assert ("queue_wait_high", "fired") in told()
