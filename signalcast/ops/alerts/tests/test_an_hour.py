"""An hour of normal load with restarts, played in fast motion, is silent; an outage in it is not.

What waits is imitated second by second: signals come in by themselves and in bursts, workers and
senders take them in batches, and every few minutes all of them are killed, one after the other,
with rows in hand that are due again once their lease is over. What is seen of it every five
seconds goes through the real rules and the real evaluator. The same is done for two minutes with
real processes, killed every six seconds, in tests/acceptance/test_alerts.py.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import OVERDUE
from signalcast.ops.alerts.models import Alert
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import View
from signalcast.ops.alerts.watch import EVERY
from signalcast.ops.health.waits import Place
from signalcast.pipeline import LEASE, RESCUE_EVERY, Queue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

HOUR = 3_600
STEP = 0.1
#: Seconds that a process takes to be there again, and between two rolling restarts.
START = 6.0
ROLLING_EVERY = 300.0
#: Rows a process takes at a time, and works off in a second.
BATCH = {"receipt": 20, "delivery": 400}
RATE = {"receipt": 40, "delivery": 500}
READERS = 100


@dataclass(slots=True)
class Process:
    """A worker or a sender: what it has in hand, until when, and when it works again."""

    kind: str
    hand: int = 0
    until: float = 0.0
    down_until: float = 0.0


@dataclass(slots=True)
class Hour:
    """Rows that are due, by kind, as (since, how many), and who works them off."""

    dice: random.Random
    due: dict[str, deque[tuple[float, int]]] = field(
        default_factory=lambda: {"receipt": deque(), "delivery": deque()}
    )
    processes: list[Process] = field(
        default_factory=lambda: [Process(kind) for kind in 4 * ["receipt", "delivery"]]
    )
    #: Rows of killed processes, as (due again at, kind, how many).
    lost: list[tuple[float, str, int]] = field(default_factory=list)
    moved_at: dict[str, float] = field(default_factory=lambda: {"receipt": 0.0, "delivery": 0.0})

    def step(self, at: float) -> None:
        """A tenth of a second."""
        arrived = self.dice.random() < 2 * STEP
        if at % 600 < 5:  # a market opens
            self.due["receipt"].append((at, 6))
        elif arrived:
            self.due["receipt"].append((at, 1))
        for again, kind, count in [one for one in self.lost if one[0] <= at]:
            self.lost.remove((again, kind, count))
            self.due[kind].append((at, count))
        for process in self.processes:
            self._work(process, at)

    def kill(self, process: Process, at: float) -> None:
        """With SIGKILL, whatever it has in hand."""
        if process.hand:
            again = at + LEASE + self.dice.uniform(0, RESCUE_EVERY)
            self.lost.append((again, process.kind, process.hand))
        process.hand, process.down_until = 0, at + START

    def view(self, at: float) -> View:
        """What a lookout would see."""
        waits = {
            Place(kind, Queue.HIGH): at - min(since for since, _count in rows)
            for kind, rows in self.due.items()
            if rows
        }
        old = [place.kind for place, age in waits.items() if age > OVERDUE]
        return View(waits=waits, still={kind: at - self.moved_at[kind] for kind in old})

    def _work(self, process: Process, at: float) -> None:
        if at < max(process.down_until, process.until):
            return
        if process.hand and process.kind == "receipt":
            self.due["delivery"].append((at, process.hand * READERS))
        if process.hand:
            self.moved_at[process.kind] = at
        process.hand = 0
        rows = self.due[process.kind]
        while rows and process.hand < BATCH[process.kind]:
            since, count = rows.popleft()
            taken = min(count, BATCH[process.kind] - process.hand)
            process.hand += taken
            if count > taken:
                rows.appendleft((since, count - taken))
        if process.hand:
            self.moved_at[process.kind] = at
            process.until = at + process.hand / RATE[process.kind]


def play(seed: int, *, gone_from: float = HOUR) -> list[float]:
    """The looks at which anything was wrong. Nobody works any more from GONE_FROM on."""
    hour, evaluator = Hour(random.Random(seed)), Evaluator(rules(), clear_for=0.0)
    told = []
    for number in range(int(HOUR / STEP)):
        at = number * STEP
        turn, second = divmod(at, ROLLING_EVERY)
        # One after the other, six seconds apart, and now and then two at the same time.
        if turn and second < 6 * len(hour.processes) and number % 60 == 0:
            hour.kill(hour.processes[int(second // 6)], at)
            if hour.dice.random() < 0.1:
                hour.kill(hour.dice.choice(hour.processes), at)
        if at >= gone_from:
            for process in hour.processes:
                hour.kill(process, at)
        hour.step(at)
        if number % int(EVERY / STEP) == 0:
            evaluator.evaluate(hour.view(at))
            told += [at] if evaluator.lasts else []
    return told


@pytest.mark.parametrize("seed", range(3))
def test_an_hour_of_normal_load_with_restarts_is_silent(seed: int) -> None:
    assert play(seed) == []
    assert not Alert.objects.exists()


def test_the_same_hour_with_everybody_killed_in_it_is_told_within_half_a_minute() -> None:
    told = play(0, gone_from=1_805.0)

    assert 1_805.0 < told[0] <= 1_835.0
    assert {alert.rule for alert in Alert.objects.all()} >= {"queue_wait_high", "stalled"}
