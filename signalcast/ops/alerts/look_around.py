"""Take the view that rules look at, with as few statements as it takes."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models.functions import Now

from signalcast.core.clock import now
from signalcast.ops.alerts.rule import View
from signalcast.ops.health.beats import beats
from signalcast.ops.health.finding import MINUTE, Check
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.registry import checks
from signalcast.ops.health.waits import KINDS, waits
from signalcast.pipeline import LOST_AFTER

#: Seconds between two looks at what checks said.
CHECKS_EVERY = 29.0
#: Seconds that a row is due before anybody asks whether work moves on.
OVERDUE = 5.0
#: Rows in hand that are remembered, at most, to see whether they stay the same.
REMEMBERED = 200
#: Intervals, and seconds more, that a check may be late.
MISSED, GRACE = 3, 60.0
#: Seconds by which a clock that is set may differ from one that only counts.
JUMP = 20.0
#: Seconds after a start in which rows may be old: everything may have been stopped for a while.
SETTLE = 10.0


class Lookout:
    """Remembers from one look to the next what has to be compared."""

    def __init__(self, *, grace: float = GRACE, settle: float = SETTLE) -> None:
        self._grace = grace
        self._settle = settle
        self._since = time.monotonic()
        self._drift = now().timestamp() - self._since
        self._marks: dict[str, tuple[object, float]] = {}
        self._read_at: float | None = None
        self._rows: list[CheckState] = []
        #: Seconds since any scheduler was last alive; 0 where none is known.
        self._alone = 0.0

    def look_around(self) -> View:
        """The view of this moment. An idle look costs one statement, now and then two."""
        self._notice_jump()
        ages = waits() if time.monotonic() - self._since >= self._settle else {}
        old = {place.kind for place, age in ages.items() if age > OVERDUE}
        still = {kind: self._still(kind) for kind in old}
        return replace(self.look_at_checks(), waits=ages, still=still)

    def look_at_checks(self) -> View:
        """The part of it that checks have found. A statement every few seconds at most."""
        self._notice_jump()
        if self._read_at is None or time.monotonic() - self._read_at > CHECKS_EVERY:
            self._rows = list(CheckState.objects.exclude(checked_at=None))
            schedulers = [age for beat, age in beats() if beat.role == "scheduler"]
            self._alone = min(schedulers, default=0.0)
            self._read_at = time.monotonic()
        known, moment = checks(), now()
        awake = [
            row
            for row in self._rows
            if row.name in known and (row.paused_until is None or row.paused_until < moment)
        ]
        unseen = {
            str(row): late for row in awake if (late := self._late(row, known[row.name], moment))
        }
        fast = [str(row) for row in awake if known[row.name].every == MINUTE]
        unwatched = min((unseen.get(name, 0.0) for name in fast), default=0.0)
        if self._alone > LOST_AFTER:
            unwatched = max(unwatched, self._alone)
        return View(
            checks=[row for row in awake if str(row) not in unseen],
            unseen={} if unwatched else unseen,
            unwatched=unwatched,
        )

    def _notice_jump(self) -> None:
        """Begin anew when the host's clock was set, or the host slept: nothing is as old as it
        looks then."""
        drift = now().timestamp() - time.monotonic()
        if abs(drift - self._drift) > JUMP:
            self._since = time.monotonic()
        self._drift = drift

    def _late(self, row: CheckState, check: Check, moment: datetime) -> float:
        """Seconds since a check ran, when that is too long ago; else 0."""
        if time.monotonic() - self._since < self._grace:
            return 0.0  # after a stop of everything, the first run may still be on its way
        age = moment - max(filter(None, (row.checked_at, row.paused_until)), default=moment)
        late = age > timedelta(seconds=MISSED * check.every + GRACE)
        return age.total_seconds() if late else 0.0

    def _still(self, kind: str) -> float:
        """Seconds for which the same rows have been in hand and the same one has been next."""
        rows = KINDS[kind]._default_manager
        held = rows.filter(leased_until__isnull=False).order_by("pk")
        upcoming = rows.filter(due__lte=Now()).order_by("queue", "due", "pk")
        mark = (
            list(held.values_list("pk", "generation")[:REMEMBERED]),
            list(upcoming.values_list("pk", flat=True)[:1]),
        )
        known, since = self._marks.get(kind, (None, 0.0))
        if known != mark:
            since = time.monotonic()
            self._marks[kind] = mark, since
        return time.monotonic() - since
