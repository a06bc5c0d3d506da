"""What people can do to jobs, one or many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.core.wake import ring_after_commit
from signalcast.ops.jobs.narrow import UNFINISHED
from signalcast.ops.jobs.query import Query
from signalcast.pipeline import RUN_JOBS
from signalcast.work.cancel import cancel
from signalcast.work.discard import discard
from signalcast.work.models import Job
from signalcast.work.redrive import redrive

#: Jobs that one transaction changes: few enough that nobody waits for SQLite's lock.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Act:
    """An act: its name, what the audit log calls it, and which jobs it is for."""

    name: str
    done: str
    #: The state that jobs must be in, as queries spell it.
    state: str
    #: Does it to these ids on behalf of somebody. Returns how many jobs it changed.
    carry_out: Callable[[Sequence[int], str], int]

    def fits(self, query: Query) -> bool:
        """Whether QUERY can mean any job that this is for."""
        if any(one.state == self.state for one in query.without):
            return False
        if not query.state or query.state == self.state:
            return True
        return self.state == UNFINISHED and query.state not in Job.State.values[1:]

    def state_in(self, query: Query) -> str:
        """The state to look for: the query's own, or all that this is for."""
        return query.state or self.state


def _redrive(ids: Sequence[int], _by: str) -> int:
    count = redrive(Job, ids)
    if count:
        ring_after_commit(RUN_JOBS)
    return count


ACTS = {
    act.name: act
    for act in (
        Act("redrive", "jobs.redriven", "parked", _redrive),
        Act("cancel", "jobs.cancelled", UNFINISHED, lambda ids, by: sum(cancel(ids, by=by))),
        Act("discard", "jobs.discarded", "parked", lambda ids, by: discard(ids, by=by)),
    )
}


def act_on(act: Act, ids: Sequence[int], *, by: str) -> int:
    """Do ACT to up to BATCH jobs and write it into the audit log, both or neither.

    Returns how many jobs it changed; those that are no longer in its state stay as they are.
    """
    ids = sorted(set(ids))[:BATCH]
    with transaction.atomic():
        count = act.carry_out(ids, by)
        if count:
            audit(act.done, by=by, target=target_of(ids), count=count)
    return count


def target_of(ids: Sequence[int]) -> str:
    """How the audit log names jobs."""
    return f"job {ids[0]}" if len(ids) == 1 else f"jobs {', '.join(map(str, ids))}"
