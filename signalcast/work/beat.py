"""Say regularly that this process is alive and what it does, and hear what it is told to do."""

from __future__ import annotations

import fcntl
import math
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from django.db import Error, connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import clock, events
from signalcast.core.env import managed_name
from signalcast.core.home import subdirectory
from signalcast.core.process import RETIRED, host_name, is_alive, memory
from signalcast.core.version import running_version
from signalcast.pipeline import BEAT_EVERY
from signalcast.work.meter import meter
from signalcast.work.models import ProcessBeat
from signalcast.work.resting import rest, resting
from signalcast.work.tally import tally

State: TypeAlias = ProcessBeat.State
Order: TypeAlias = ProcessBeat.Order
#: Seconds that a last beat may take.
LAST_BEAT_WITHIN = 2.0
#: Beats between two comparisons of the host's clock with the database's.
COMPARE_EVERY = 6
#: The part of its life by which a process leaves earlier or later, so that its kind do not leave
#: together.
LIFE_JITTER = 0.1
#: Seconds between two reports of what was done: with the beat that follows, less than a minute.
REPORT_EVERY = 45.0


class Beat:
    """The beats of one process, from a thread of their own: what hangs elsewhere is still seen.

    One statement a beat. A row that is gone, or an order, shows by a statement that changes
    nothing.
    """

    def __init__(
        self,
        role: str,
        *,
        in_hand: Callable[[], int] = lambda: 0,
        at_rest: Callable[[bool], None] = lambda _resting: None,
        restart: Callable[[], None] | None = None,
        family: int = 0,
        report: Callable[[str, str], object] | None = None,
        life: float = 0.0,
    ) -> None:
        """IN_HAND tells how much is under way; AT_REST is told when it shall rest or go on.

        FAMILY is the process id of a parent on whose behalf one of its children beats. REPORT
        writes down once a minute what was done, told the process's role and name. LIFE is how many
        seconds it lives until it makes way for a new process; 0 means for ever.
        """
        self.role = role
        #: Whether it was told to end without a successor.
        self.retired = False
        self._in_hand, self._at_rest = in_hand, at_rest
        self._restart = restart or _end
        self._family = family
        self._report, self._reported_at = report, time.monotonic()
        meter.on = report is not None
        jitter = random.uniform(1 - LIFE_JITTER, 1 + LIFE_JITTER)  # noqa: S311 - no secret
        self._leaves_at = time.monotonic() + life * jitter if life else math.inf
        self._pid = family or os.getpid()
        self._name = managed_name() or f"{role}-{self._pid}"
        self._ended = threading.Event()
        #: Set once this process is the one that beats; `stop` looks at it after setting `_ended`,
        #: and who beats looks at `_ended` after setting it, so that no row is made unseen.
        self._beats = threading.Event()
        self._thread = threading.Thread(target=self._run, name="beat", daemon=True)
        #: Its row; 0 until there is one.
        self._row = 0
        self._offset = 0.0
        #: The descriptor by which it has its turn to restart; 0 while it has not.
        self._restarting = 0
        self._count = 0

    def start(self) -> None:
        """Begin. Never fails the caller: a database that is away is tried again."""
        self._thread.start()

    def stop(self) -> None:
        """Say that it ended as it should. A process that dies cannot, and is missed."""
        self._ended.set()
        if not self._beats.is_set():
            return
        self._thread.join(LAST_BEAT_WITHIN)
        try:
            ProcessBeat.objects.filter(pk=self._row).delete()
        except Error as error:
            events.warn("beat.not_ended", error=str(error))

    def leave(self) -> None:
        """End this process after `stop`, with the code that its manager understands."""
        self.stop()
        if self.retired:
            sys.exit(RETIRED)

    def _run(self) -> None:
        if self._family:
            self._wait_for_turn()
        self._beats.set()
        if self._ended.is_set():
            return
        while True:
            try:
                self._beat()
                self._make_way()
            except Error as error:  # it comes back
                events.warn("beat.missed", error=str(error))
                connection.close()
            self._tell_what_was_done()
            if self._ended.wait(BEAT_EVERY):
                self._tell_what_was_done(last=True)
                connection.close()
                return

    def _wait_for_turn(self) -> None:
        """Until no sibling beats. The kernel lets the next one in when that one ends."""
        path = subdirectory("run") / f"{self._name}.beat"
        self._turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._turn, fcntl.LOCK_EX)

    def _beat(self) -> None:
        told = {
            "seen_at": Now(),
            "clock_offset": self._offset,
            "rss": memory(self._pid),
            "state": self._state(),
            "handled": tally.handled,
            "doing": self._doing()[:120],
        }
        mine = ProcessBeat.objects.filter(pk=self._row)
        if not self._row or not mine.filter(order=Order.NONE).update(**told):
            self._begin_or_obey(told)
        if self._count % COMPARE_EVERY == 0:
            self._compare_clocks()
        self._count += 1

    def _make_way(self) -> None:
        """End when this process is old, one of its kind after the other."""
        if time.monotonic() < self._leaves_at or not self._my_turn():
            return
        self._leaves_at = math.inf
        events.emit("process.made_way", role=self.role, name=self._name)
        self._restart()

    def _tell_what_was_done(self, *, last: bool = False) -> None:
        if self._report is None or (
            not last and time.monotonic() - self._reported_at < REPORT_EVERY
        ):
            return
        self._reported_at = time.monotonic()
        try:
            self._report(self.role, self._name)
        except Exception as error:  # beats go on whatever becomes of statistics
            events.warn("beat.not_reported", error=str(error))
            connection.close()

    def _begin_or_obey(self, told: dict[str, Any]) -> None:
        row = ProcessBeat.objects.filter(pk=self._row).first() if self._row else None
        if row is None:
            self._take_place()
            about = {"host": host_name(), "role": self.role, "name": self._name, "pid": self._pid}
            about["version"] = running_version()[:100]
            self._row = ProcessBeat.objects.create(**about, **told).pk
            return
        if row.order == Order.RESTART and not self._my_turn():
            ProcessBeat.objects.filter(pk=row.pk).update(**told)
            return
        # Taken before it is followed: what it does may end this process.
        ProcessBeat.objects.filter(pk=row.pk, order=row.order).update(**told, order=Order.NONE)
        self._obey(Order(row.order))

    def _my_turn(self) -> bool:
        """Whether none of its kind here is ending to start anew: they take turns.

        The kernel gives the turn back when this process has ended.
        """
        if self._restarting:  # it tried, and goes on
            return True
        path = subdirectory("run") / f"{self.role}.restart"
        turn = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(turn)
            return False
        self._restarting = turn
        return True

    def _take_place(self) -> None:
        """Forget whom this process replaces: who had its name, else a dead one of its kind."""
        here = ProcessBeat.objects.filter(host=host_name(), role=self.role).order_by("seen_at")
        if here.filter(name=self._name).delete()[0]:
            return
        for pk, pid in here.values_list("pk", "pid"):
            if not is_alive(pid):
                here.filter(pk=pk).delete()
                return

    def _obey(self, order: Order) -> None:
        events.emit("process.told", order=order.value)
        match order:
            case Order.DRAIN | Order.RESUME:
                rest(order is Order.DRAIN)
                self._at_rest(order is Order.DRAIN)
                state = self._state()
                ProcessBeat.objects.filter(pk=self._row).update(state=state)
            case Order.RESTART:
                self._restart()
            case Order.RETIRE:
                self.retired = True
                _end()

    def _doing(self) -> str:
        count = 0 if tally.doing else self._in_hand()
        return tally.doing or (_("%(count)d in hand") % {"count": count} if count else "")

    def _state(self) -> State:
        if not resting():
            return State.RUNNING
        return State.DRAINING if self._in_hand() else State.RESTING

    def _compare_clocks(self) -> None:
        before = clock.now()
        seen = ProcessBeat.objects.filter(pk=self._row).annotate(now=Now()).values_list("now")
        if found := seen.first():
            middle = before + (clock.now() - before) / 2
            self._offset = meter.clock_offset = (middle - found[0]).total_seconds()


def _end() -> None:
    """What is in hand is finished first, as at any other stop."""
    os.kill(os.getpid(), signal.SIGTERM)
