"""The sender: claims due deliveries as slots free up, sends them, records what came of it.

One event loop speaks to the outside, one thread speaks to the database. Rows are in hand from
their claim until they are settled; whatever ends this process, they come due again.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar

from django.db import Error, connection

from signalcast.channels.base import Result, Transport
from signalcast.channels.registry import channel, kinds
from signalcast.core import events, trace
from signalcast.core.wake import call_another
from signalcast.delivery.judge import crash_detail, crashed, judge
from signalcast.delivery.listen import stand_in_line
from signalcast.delivery.models import Delivery
from signalcast.delivery.sending import Sending
from signalcast.delivery.settle import Attempted, settle
from signalcast.delivery.slots import Slots
from signalcast.delivery.take_in_hand import MARGIN, Hand, Taken, give_back
from signalcast.delivery.take_turns import until_my_turn
from signalcast.pipeline import CLAIM_DELIVERIES, LEASE, LEASE_RENEWAL, LOOK_EVERY, SEND
from signalcast.work.claim import Claimed, due
from signalcast.work.in_hand import in_hand
from signalcast.work.meter import meter
from signalcast.work.renew import renew
from signalcast.work.resting import resting
from signalcast.work.tally import tally

T = TypeVar("T")

#: Seconds that results gather before they are written down, and how many are at a time.
SETTLE_EVERY = 0.02
SETTLE_MOST = 500
#: Seconds that what is in flight may take to end when the process is to stop.
DRAIN_WITHIN = 20.0
#: Seconds until a delivery that found no slot is claimed again.
NO_SLOT = 1.0
#: Seconds between two tries of a database that is away.
DATABASE_AGAIN = 0.5


class Sender:
    """One sending process. `run` returns when `stop` was called and everything is settled.

    LOOK_EVERY: seconds in which the idle senders of a machine look once for what is due, each in
    its turn, if nobody rings.
    """

    def __init__(self, slots: int, *, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every
        self.slots = Slots(slots, kinds())
        self._hand: Hand | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._transports: dict[str, Transport] = {}
        #: Everything in hand, from the claim until it is settled.
        self._held: dict[Claimed, Sending] = {}
        self._ended: list[Attempted] = []
        #: Waited for a destination that then failed: to be given back.
        self._dismissed: list[Sending] = []
        self._has_ended = asyncio.Event()
        self._look = asyncio.Event()
        #: It has nothing to do and may work: a bell is followed at once.
        self._idle = asyncio.Event()
        self._stopping = False
        #: When the loop last got on with its work; the watchdog looks at it.
        self.alive_at = time.monotonic()

    def in_hand(self) -> int:
        """Deliveries that are claimed and not settled yet."""
        return len(self._held)

    def stop(self) -> None:
        """Claim nothing more, let what is in flight end, settle, return from `run`."""
        self._stopping = True
        self._look.set()

    async def run(self) -> None:
        """Send until stopped."""
        async with AsyncExitStack() as stack:
            for kind in kinds():
                opened = channel(kind).open()
                self._transports[kind] = await stack.enter_async_context(opened)
            async with asyncio.TaskGroup() as group:
                helpers = [
                    group.create_task(stand_in_line(SEND, self._hear, self._idle)),
                    group.create_task(self._renew()),
                    group.create_task(self._settle()),
                ]
                workers = [group.create_task(self._work()) for _ in range(self.slots.count)]
                await self._claim()
                await self._drain()
                for task in (*helpers, *workers):
                    task.cancel()
        # It may have taken a ring just now that it does not follow any more.
        await self._in_thread(partial(call_another, SEND))
        await self._in_thread(_hang_up)
        self._thread.shutdown()

    async def _claim(self) -> None:
        more = False
        while not self._stopping:
            wanted = min(self.slots.wanted(), CLAIM_DELIVERIES)
            if not wanted:
                await asyncio.sleep(SETTLE_EVERY)
                continue
            taken = await self._ask(partial(self._take, wanted, look_first=not more))
            if taken is None:
                await asyncio.sleep(DATABASE_AGAIN)
                continue
            more = taken.claimed >= wanted
            await self._start(taken.to_send)
            if not more:
                await self._wait(
                    min(until_my_turn(self._look_every), taken.again_after + SETTLE_EVERY)
                )

    def _take(self, limit: int, *, look_first: bool) -> Taken:
        if self._hand is None:
            self._hand = Hand()
        if look_first and not due(Delivery):
            self.alive_at = time.monotonic()
            return Taken(0, [], self._hand.again_after())
        taken = self._hand.take(limit)
        if taken.claimed:
            self.alive_at = time.monotonic()
        if taken.claimed >= limit:
            call_another(SEND)
        return taken

    async def _start(self, sendings: list[Sending]) -> None:
        too_many: dict[float, list[Sending]] = defaultdict(list)
        for sending in sendings:
            if after := self.slots.put(sending):
                too_many[math.ceil(after)].append(sending)
            else:
                self._held[sending.claimed] = sending
        for after, several in too_many.items():
            await self._ask(partial(give_back, several, after=after))

    def _hear(self) -> None:
        if resting():
            self._idle.clear()
        else:
            self._look.set()

    async def _wait(self, seconds: float) -> None:
        """Until the bell rings, at most so long."""
        if not resting():
            self._idle.set()
        try:
            async with asyncio.timeout(seconds):
                await self._look.wait()
        except TimeoutError:
            pass
        self._idle.clear()
        if not self._stopping:
            self._look.clear()

    async def _work(self) -> None:
        """One slot: send one delivery after the other."""
        slots = self.slots
        while True:
            sending = await slots.take()
            clock = time.monotonic()
            if clock >= sending.held_until:
                slots.done(sending)
                self._held.pop(sending.claimed, None)
                continue
            started = time.time()
            about = {"delivery": sending.claimed.id, **sending.about}
            events.now_about(**about)
            result: Result | None = None
            try:
                with trace.span("send", channel=sending.kind, **about):
                    transport = self._transports[sending.kind]
                    result = await transport.send(sending.message, sending.address)
                    trace.annotate(outcome=result.outcome.value)
                detail, verdict = result.detail, judge(sending, result)
            except Exception as error:
                detail, verdict = crash_detail(error), crashed(sending.tries, error)
                events.warn("delivery.crashed", channel=sending.kind, error=detail)
            took = time.monotonic() - clock
            slots.done(sending)
            attempted = Attempted(sending, started, took, result, detail, verdict)
            if not attempted.accepted:
                self._dismissed += slots.dismiss(sending.destination)
            self._ended.append(attempted)
            self._has_ended.set()

    async def _settle(self) -> None:
        while True:
            await self._has_ended.wait()
            if len(self._ended) < SETTLE_MOST:
                await asyncio.sleep(SETTLE_EVERY)
            self._has_ended.clear()
            ended, self._ended = self._ended[:SETTLE_MOST], self._ended[SETTLE_MOST:]
            dismissed, self._dismissed = self._dismissed, []
            if not await self._ask(partial(_settled, ended, dismissed)):
                # Kept in memory until the database is back.
                self._ended, self._dismissed = ended + self._ended, dismissed + self._dismissed
                await asyncio.sleep(DATABASE_AGAIN)
            else:
                self._forget(ended, dismissed)
            if self._ended:
                self._has_ended.set()

    def _forget(self, ended: list[Attempted], dismissed: list[Sending]) -> None:
        self.alive_at = time.monotonic()
        tally.handled += len(ended)
        took: defaultdict[int, list[float]] = defaultdict(list)
        failed: Counter[int] = Counter()
        for one in ended:
            self._held.pop(one.sending.claimed, None)
            took[one.sending.queue].append(one.took)
            failed[one.sending.queue] += not one.accepted
        for queue, seconds in took.items():
            meter.ran("delivery", queue, seconds, failed=failed[queue])
        for sending in dismissed:
            self._held.pop(sending.claimed, None)
        if any(one.verdict.after == 0 for one in ended):
            self._look.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_RENEWAL)
            if self._held:
                await self._ask(partial(self._renewed, list(self._held.values())))

    def _renewed(self, held: list[Sending]) -> bool:
        until = time.monotonic() + LEASE - MARGIN
        claimed = [sending.claimed for sending in held]
        still = None
        if renew(Delivery, claimed) < len(claimed):
            still = set(in_hand(Delivery, claimed).values_list("pk", flat=True))
        for sending in held:
            if still is None or sending.claimed.id in still:
                sending.held_until = until
        return True

    async def _drain(self) -> None:
        left = self.slots.empty()
        await self._ask(partial(give_back, left))
        for sending in left:
            self._held.pop(sending.claimed, None)
        deadline = time.monotonic() + DRAIN_WITHIN
        while self._held and time.monotonic() < deadline:
            await asyncio.sleep(SETTLE_EVERY)
        events.emit("sender.drained", left=len(self._held))

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    async def _ask(self, function: Callable[[], T]) -> T | None:
        """What the database says; None when it is away."""
        try:
            return await self._in_thread(function)
        except Error as error:
            self.alive_at = time.monotonic()
            events.warn("sender.database_away", error=str(error).strip())
            await self._in_thread(_hang_up)
            return None


def _settled(ended: list[Attempted], dismissed: list[Sending]) -> bool:
    settle(ended)
    # After the failures are counted, so that an open breaker sees them when they come back.
    give_back(dismissed, after=NO_SLOT)
    return True


def _hang_up() -> None:
    # `connection` is a different one in every thread, so this looks it up where it runs.
    connection.close()
