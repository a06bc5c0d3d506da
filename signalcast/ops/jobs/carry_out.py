"""Do something to very many rows, in steps that hold up nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from signalcast.accounts.audit import audit
from signalcast.core import events
from signalcast.work.attempt import Attempt, current
from signalcast.work.give_way import give_way
from signalcast.work.interrupt import GaveWay, Interrupted
from signalcast.work.models import Job
from signalcast.work.progress import progress

Told = Callable[[int], None]


def carry_out(
    batches: Iterable[Sequence[Any]],
    do: Callable[[Sequence[Any]], int],
    *,
    action: str,
    by: str,
    target: str,
    total: int,
    told: Told | None = None,
) -> int:
    """DO each of BATCHES in a transaction of its own, then write one audit entry with the count.

    Within a job the count is kept with each batch: a try that takes over goes on from there, as
    when its process is to end. A job that is cancelled writes its entry as well.
    Returns how many rows were changed.
    """
    attempt = current()
    count = attempt.job.progress_done if attempt else 0
    total += count
    try:
        for ids in batches:
            with transaction.atomic():
                changed = do(ids)
                if attempt:
                    _keep(attempt, count + changed)
            count += changed
            progress(count, max(total, count))
            if told:
                told(count)
            give_way()
    except GaveWay:
        raise  # another try goes on from there, and writes the entry
    except Interrupted:
        connection.close()  # whatever it was in the middle of
        audit(action, by=by, target=target, count=count, ended_early=True)
        raise
    audit(action, by=by, target=target, count=count)
    events.emit("jobs.acted", action=action, count=count, by=by)
    return count


def _keep(attempt: Attempt, count: int) -> None:
    Job.objects.filter(pk=attempt.job.pk).update(progress_done=count)
