"""All checks at one glance: what each said last, and what that makes together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from signalcast.core.clock import now
from signalcast.ops.health.finding import RANK, Check, State
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.registry import checks

#: A last word is old when this many intervals have passed without another one, and a minute.
MISSED = 3
GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Line:
    """A check with its last word."""

    check: Check
    row: CheckState
    paused: bool
    #: Nobody has run it for so long that its last word says nothing: is there a scheduler?
    old: bool

    @property
    def state(self) -> str:
        """Its state, as far as it still counts."""
        return State.CRASHED if self.old else self.row.state


def summary() -> list[Line]:
    """Every check that has ever run, the worst first. One statement."""
    known, moment = checks(), now()
    lines = [
        _line(known[row.name], row, moment)
        for row in CheckState.objects.order_by("name", "host")
        if row.name in known and row.checked_at is not None
    ]
    return sorted(lines, key=lambda line: -RANK[State(line.state)])


def _line(check: Check, row: CheckState, moment: datetime) -> Line:
    paused = row.paused_until is not None and row.paused_until > moment
    latest = row.checked_at or row.since
    age = moment - max(latest, row.paused_until or latest)
    return Line(check, row, paused, age > MISSED * timedelta(seconds=check.every) + GRACE)


def worst(lines: list[Line]) -> State:
    """What they make together. Paused ones do not count; without any, nobody has looked."""
    if not lines:
        return State.CRASHED
    states = [State(line.state) for line in lines if not line.paused]
    return max([State.OK, *states], key=lambda state: RANK[state])


def document(lines: list[Line]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "status": worst(lines),
        "checks": [
            {
                "name": line.row.name,
                "host": line.row.host,
                "state": line.state,
                "words": line.row.words,
                "figure": line.row.figure,
                "unit": line.row.unit,
                "parts": line.row.parts,
                "since": line.row.since.isoformat(),
                "checked_at": line.row.checked_at and line.row.checked_at.isoformat(),
                "duration_ms": line.row.duration,
                "old": line.old,
                "paused_until": line.row.paused_until.isoformat()
                if line.paused and line.row.paused_until
                else None,
            }
            for line in lines
        ],
    }
