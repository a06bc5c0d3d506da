"""Run the checks whose time has come, each by one scheduler only, however many there are."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from threading import Event
from uuid import uuid4

from django.db.models import Q
from django.db.models.functions import Now

from signalcast.core.clock import from_now
from signalcast.core.process import host_name
from signalcast.ops.health.finding import Check
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.registry import checks
from signalcast.ops.health.run_checks import Runner
from signalcast.ops.health.store import store

#: Seconds that a claim comes too early at most: two clocks count the same interval.
SLACK = 0.5
#: Seconds past its interval that no run is due at, unless the clock was set back since.
AHEAD = 5.0


class Examiner:
    """Looks at everything again and again, on behalf of one scheduler. Used from one thread."""

    def __init__(self, known: Mapping[str, Check] | None = None, *, host: str = "") -> None:
        self._known = checks() if known is None else known
        self._host = host or host_name()
        self._runner = Runner()
        #: When this process asks for each check again, by its own clock.
        self._next = dict.fromkeys(self._known, 0.0)
        self._rows_made = False

    def examine(self) -> int:
        """Run what is due and claimed, and store it. Returns how many checks ran.

        An idle call costs no statement: a check is asked for when its interval is over.
        """
        now = time.monotonic()
        wanted = [name for name, moment in self._next.items() if moment <= now]
        if not wanted:
            return 0
        if not self._rows_made:
            make_rows(self._known, self._host)
            self._rows_made = True
        rows = self._claim(wanted)
        for name in wanted:
            self._next[name] = now + self._known[name].every
        found = self._runner.run_checks({row.name: self._known[row.name] for row in rows})
        store(rows, found)
        return len(rows)

    def rest(self, stop: Event) -> bool:
        """Wait until the next check is due. Returns whether it is time to end."""
        return stop.wait(max(min(self._next.values()) - time.monotonic(), 0.1))

    def close(self) -> None:
        """End the threads."""
        self._runner.close()

    def _claim(self, names: list[str]) -> list[CheckState]:
        """The rows that this process may run now. Two statements, one more for each interval."""
        token = str(uuid4())
        by_interval: dict[int, list[str]] = defaultdict(list)
        for name in names:
            by_interval[self._known[name].every].append(name)
        mine = CheckState.objects.filter(host__in=("", self._host))
        awake = Q(paused_until__isnull=True) | Q(paused_until__lte=Now())
        claimed = 0
        for every, group in by_interval.items():
            due = Q(due__lte=from_now(SLACK)) | Q(due__gt=from_now(every + AHEAD))
            rows = mine.filter(awake, due, name__in=group)
            claimed += rows.update(due=from_now(every), claim=token)
        return list(mine.filter(claim=token)) if claimed else []


def make_rows(known: Mapping[str, Check], host: str) -> None:
    """Make sure that each check has its row, for this host where hosts differ."""
    CheckState.objects.bulk_create(
        [
            CheckState(name=name, host=host if check.on_each_host else "")
            for name, check in known.items()
        ],
        ignore_conflicts=True,
    )
