"""Share a process's slots out: between channels, and so that no destination holds many."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from math import ceil

from signalcast.channels.registry import channel
from signalcast.delivery.sending import Sending

#: Slots beyond those of one channel, as a part of them, where there are others: a channel whose
#: receivers all hang leaves these.
FOR_OTHERS = 1 / 3
#: Deliveries that may wait here for one destination whose requests all hold their slots, unless
#: it has not answered for so many seconds.
WAITING_EACH = 16
SLOW = 1.0
#: Seconds of work at the present rate that are held ready, so that no slot waits for the database.
READY_FOR = 0.2
#: Seconds over which the present rate is measured.
MEASURED_OVER = 0.25
#: Seconds after which a delivery that finds no room is looked at again: at least, and at most.
#: In between it is as long as its channel needs for what it has.
SOON, LATER = 1.0, 30.0
#: Deliveries to look through at a time for those of other channels, while one channel is full.
LOOKED_THROUGH = 400


@dataclass(slots=True)
class Lane:
    """One channel's deliveries: ready for a slot, and how many slots it holds."""

    ready: deque[Sending] = field(default_factory=deque)
    in_flight: int = 0
    done: int = 0
    #: Deliveries a second at present.
    rate: float = 0.0
    #: When it last went from idle to busy, or got an answer.
    moved: float = 0.0

    def ready_in(self) -> float:
        """Seconds that it needs for what is ready, as far as that can be told."""
        if time.monotonic() - self.moved < SLOW:
            return SOON
        return min(LATER, max(SOON, len(self.ready) / max(self.rate, 1 / LATER)))


@dataclass(slots=True)
class Line:
    """One destination's deliveries."""

    last_answer: float
    in_flight: int = 0
    waiting: list[Sending] = field(default_factory=list)


class Slots:
    """Used from one event loop. `take` gives a slot its next delivery, `done` gives it back."""

    def __init__(self, count: int, kinds: Collection[str]) -> None:
        self.count = count if len(kinds) < 2 else count + ceil(count * FOR_OTHERS)
        #: What one channel may hold.
        self._most = count
        self._lanes = {kind: Lane() for kind in kinds}
        self._in_flight_each = {kind: channel(kind).limits.in_flight for kind in kinds}
        self._lines: dict[int, Line] = {}
        self._idle: deque[asyncio.Future[Sending]] = deque()
        self._ready_count = 0
        self.in_flight = 0
        self._rate = 0.0
        self._measured = time.monotonic()

    def wanted(self) -> int:
        """How many more deliveries could be started soon; none while there are still enough.

        So claims are few and large at full speed, and a slot that is free never waits for that.
        """
        self._measure()
        if any(self._is_full(lane) for lane in self._lanes.values()):
            # What waits for a channel in trouble must not hide what waits for others.
            return LOOKED_THROUGH if self.in_flight < self.count else 0
        soon = int(self._rate * READY_FOR)
        if self._ready_count > soon // 2:
            return 0
        return self.count - self.in_flight + soon - self._ready_count

    def put(self, sending: Sending) -> float:
        """Take a delivery in: 0. Else seconds after which there may be room for it, because its
        destination or its channel has enough deliveries already."""
        lane = self._lanes[sending.kind]
        if self._is_full(lane):
            return lane.ready_in()
        line = self._lines.get(sending.destination)
        if line is None:
            line = self._lines[sending.destination] = Line(time.monotonic())
        if line.in_flight < self._in_flight_each[sending.kind]:
            self._ready(line, sending)
            return 0
        slow = time.monotonic() - line.last_answer > SLOW
        if slow or len(line.waiting) >= WAITING_EACH:
            return SOON
        line.waiting.append(sending)
        return 0

    async def take(self) -> Sending:
        """The next delivery to send; waits for one."""
        if (sending := self._next()) is not None:
            return sending
        waiter: asyncio.Future[Sending] = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        return await waiter

    def done(self, sending: Sending) -> None:
        """Give a delivery's slot back."""
        self.in_flight -= 1
        lane = self._lanes[sending.kind]
        lane.in_flight -= 1
        lane.done += 1
        lane.moved = time.monotonic()
        line = self._lines[sending.destination]
        line.in_flight -= 1
        if not line.in_flight and not line.waiting:
            del self._lines[sending.destination]
            return
        line.last_answer = time.monotonic()
        if line.waiting:
            self._ready(line, line.waiting.pop(0))

    def dismiss(self, destination: int) -> list[Sending]:
        """Take back what waits for a destination in trouble."""
        line = self._lines.get(destination)
        if line is None or not line.waiting:
            return []
        waiting, line.waiting = line.waiting, []
        return waiting

    def empty(self) -> list[Sending]:
        """Take back all that no slot has begun with."""
        left = [sending for lane in self._lanes.values() for sending in lane.ready]
        left += [sending for line in self._lines.values() for sending in line.waiting]
        for lane in self._lanes.values():
            lane.ready.clear()
        for line in self._lines.values():
            line.waiting.clear()
        self._ready_count = 0
        return left

    def _ready(self, line: Line, sending: Sending) -> None:
        # Counted from here on, so that no more than may be in flight are ever ready.
        line.in_flight += 1
        self._lanes[sending.kind].ready.append(sending)
        self._ready_count += 1
        while self._idle:
            if (waiter := self._idle.popleft()).done():
                continue
            if (following := self._next()) is None:
                self._idle.appendleft(waiter)
            else:
                waiter.set_result(following)
            break

    def _next(self) -> Sending | None:
        """The next delivery of the channel that holds the fewest slots."""
        best: Lane | None = None
        for lane in self._lanes.values():
            may = lane.ready and lane.in_flight < self._most
            if may and (best is None or lane.in_flight < best.in_flight):
                best = lane
        if best is None:
            return None
        if not best.in_flight:
            best.moved = time.monotonic()
        best.in_flight += 1
        self.in_flight += 1
        self._ready_count -= 1
        return best.ready.popleft()

    def _is_full(self, lane: Lane) -> bool:
        """Whether a channel holds all the slots it may, and has enough ready for the next."""
        if len(self._lanes) == 1 or lane.in_flight < self._most:
            return False
        # What a quick channel is through with in a moment keeps nobody else waiting.
        return len(lane.ready) >= self._most + int(lane.rate * READY_FOR)

    def _measure(self) -> None:
        now = time.monotonic()
        if (passed := now - self._measured) < MEASURED_OVER:
            return
        self._measured, self._rate = now, 0.0
        for lane in self._lanes.values():
            lane.rate, lane.done = lane.done / passed, 0
            self._rate += lane.rate
