"""What a process that watches does again and again, and what it does without its database."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from django.db import Error, connection

from signalcast.channels.base import Address
from signalcast.core import events
from signalcast.core.printable import printable
from signalcast.ops.alerts.compose_notice import compose_lost_database
from signalcast.ops.alerts.deliver import Letter, address_of, deliver
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import SETTLE, Lookout
from signalcast.ops.alerts.models import Receiver
from signalcast.ops.alerts.registry import rules

#: Seconds between two looks while anything waits or is wrong, and while nothing does. A row that
# comes right after a look is still seen before any threshold is passed by much.
EVERY, IDLE_EVERY = 5.0, 12.0
#: Seconds without the database until somebody is told of it.
BLIND_FOR = 20.0
#: Seconds between two looks at who would have to be told.
RECEIVERS_EVERY = 300.0


class Watch:
    """Evaluates all rules on behalf of one scheduler."""

    def __init__(self, *, blind_for: float = BLIND_FOR, settle: float = SETTLE) -> None:
        self._blind_for = blind_for
        self._lookout = Lookout(settle=settle)
        self._evaluator = Evaluator(rules())
        #: Who would be told, kept for the time without a database.
        self._kept: list[tuple[str, Address]] = []
        self._receivers_at: float | None = None
        self._began = time.monotonic()
        self._seen_at: float | None = None
        self._told_blind = False
        self._idle = False

    @property
    def sees(self) -> bool:
        """Whether rules were held against rows a short while ago."""
        at = self._seen_at
        return at is not None and time.monotonic() - at < self._blind_for

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return IDLE_EVERY if self._idle else EVERY

    def watch(self, ring: Callable[[], None]) -> None:
        """Look once. RING is called when there are notices to be sent."""
        try:
            view = self._lookout.look_around()
            told = self._evaluator.evaluate(view)
            self._idle = not view.waits and not self._evaluator.lasts
            self._remember_receivers()
        except Error as error:
            events.warn("alerts.blind", error=str(error))
            connection.close()
            self._idle = False
            self._without_database(printable(str(error), 200))
            return
        if self._told_blind:
            self._told_blind = False
            self._cry(back=True, words="")
        self._seen_at = time.monotonic()
        if told:
            ring()

    def _remember_receivers(self) -> None:
        at = self._receivers_at
        if at is not None and time.monotonic() - at < RECEIVERS_EVERY:
            return
        self._kept = [
            (row.kind, address_of(row))
            for row in Receiver.objects.filter(is_on=True).select_related("account")
        ]
        self._receivers_at = time.monotonic()

    def _without_database(self, words: str) -> None:
        """Alerts are rows, so this one is sent without: by each scheduler that sees it."""
        last = self._began if self._seen_at is None else self._seen_at
        if self._told_blind or time.monotonic() - last < self._blind_for:
            return
        self._told_blind = True
        self._cry(back=False, words=words)

    def _cry(self, *, back: bool, words: str) -> None:
        content = compose_lost_database(back=back, words=words)
        stamp = f"alert-database-{int(time.time())}"
        deliver(
            [
                Letter(f"{stamp}-{number}", kind, address, content)
                for number, (kind, address) in enumerate(self._kept)
            ]
        )


def watch_until(stop: Event, watch: Watch, ring: Callable[[], None]) -> None:
    """Look every few seconds until told to end."""
    while not stop.is_set():
        watch.watch(ring)
        stop.wait(watch.pause)
