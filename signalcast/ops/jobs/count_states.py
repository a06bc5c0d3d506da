"""How many jobs stand how, as far as anybody counts."""

from __future__ import annotations

from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import STATES, Query

#: Counted up to here; more are "many".
MOST = 10_000


def count_states() -> dict[str, int]:
    """Jobs by state, up to MOST + 1 of each: no list of ten million is counted for a page."""
    return {state: _count(state) for state in STATES}


def _count(state: str) -> int:
    """Jobs in STATE, up to MOST + 1."""
    return narrow(Query(), state).candidates.values("pk")[: MOST + 1].count()
