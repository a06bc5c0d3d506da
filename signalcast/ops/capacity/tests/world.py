"""A host in fast motion: jobs arrive, workers take them in strict order, `decide` counts them.

Time is a number that is counted up. What a process of ours does is imitated (strict order of
queues, nothing in hand is ever given up, a retired worker finishes first); what is asked for
decisions is the real thing.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from signalcast.ops.capacity.decide import Situation, decide, has_to_wait
from signalcast.ops.capacity.patience import Patience
from signalcast.pipeline import RESCUE_EVERY, WAIT_BUDGET, Queue

#: Seconds between two moments, and that a process takes to start.
STEP = 0.05
START = 3.0


@dataclass(frozen=True, slots=True)
class Work:
    """A job: when it comes, what it is, how long it takes."""

    at: float
    queue: Queue
    takes: float


@dataclass(slots=True)
class Worker:
    """A process. `until` is when what it has in hand, or its start, is over."""

    until: float
    retiring: bool = False


@dataclass(slots=True)
class Host:
    """Plays WORK and keeps what happened."""

    least: int
    most: int
    workers: list[Worker] = field(default_factory=list)
    waits: dict[Queue, list[float]] = field(default_factory=lambda: defaultdict(list))
    #: When the number was changed, from what to what, and how many there were at each look.
    changes: list[tuple[float, int, int]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    done: int = 0
    _queues: dict[Queue, deque[Work]] = field(default_factory=lambda: defaultdict(deque))
    _idle_since: float = 0.0
    _changed_at: float = 0.0
    _patience: Patience = field(default_factory=Patience)

    def play(self, works: Iterable[Work], *, until: float) -> Host:
        """Let time pass until then. Returns itself."""
        self.workers = [Worker(0.0) for _ in range(self.least)]
        coming = deque(sorted(works, key=lambda work: work.at))
        moment, look_at = 0.0, 0.0
        while moment < until:
            while coming and coming[0].at <= moment:
                work = coming.popleft()
                self._queues[work.queue].append(work)
            self._take(moment)
            if moment >= look_at:
                look_at = moment + RESCUE_EVERY
                self._scale(moment)
            moment += STEP
        return self

    def late(self, queue: Queue, share: float = 0.95) -> float:
        """The wait that SHARE of the jobs in a queue stayed below."""
        waits = sorted(self.waits[queue])
        return waits[min(int(len(waits) * share), len(waits) - 1)]

    def _take(self, moment: float) -> None:
        for worker in list(self.workers):
            while worker.until <= moment:
                if worker.retiring:
                    self.workers.remove(worker)
                    break
                queue = next((queue for queue in Queue if self._queues[queue]), None)
                if queue is None:
                    break
                work = self._queues[queue].popleft()
                self.waits[queue].append(moment - work.at)
                worker.until = max(worker.until, moment - STEP) + work.takes
                self.done += 1

    def _scale(self, moment: float) -> None:
        ages = {queue: moment - waiting[0].at for queue, waiting in self._queues.items() if waiting}
        if any(has_to_wait(age, WAIT_BUDGET[queue]) for queue, age in ages.items()):
            self._idle_since = moment
        worst = max(ages, key=lambda queue: ages[queue] / WAIT_BUDGET[queue], default=Queue.HIGH)
        staying = [worker for worker in self.workers if not worker.retiring]
        wanted, _reason = decide(
            Situation(
                running=len(staying),
                least=self.least,
                most=self.most,
                queue=worst.label,
                wait=ages.get(worst, 0.0),
                budget=WAIT_BUDGET[worst],
                idle_for=moment - self._idle_since,
                changed_ago=moment - self._changed_at,
                patience=self._patience.seconds,
            )
        )
        self.numbers.append(len(staying))
        if wanted == len(staying) or (wanted > len(staying) and len(self.workers) >= self.most):
            return
        self.changes.append((moment, len(staying), wanted))
        self._changed_at = moment
        self._patience.changed(more=wanted > len(staying), at=moment)
        if wanted > len(staying):
            self.workers.append(Worker(moment + START))
        else:
            staying[-1].retiring = True
