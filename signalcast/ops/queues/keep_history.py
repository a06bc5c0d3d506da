"""Add what processes told, and what waits now, to the history."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from signalcast.ops.queues.count_rows import Backlog, count_rows
from signalcast.ops.queues.models import STEPS, ProcessMinute, QueueStep
from signalcast.ops.queues.sums import Sums, measured_of, minute_of, moment_of
from signalcast.work.meter import Minute, meter

#: Rows of processes that are added at a time: few enough that SQLite's lock is soon free again.
BATCH = 100
KEY = ("step", "at", "kind", "queue")
MEASURES = ("handled", "failed", "runtimes", "waits", "memory")
WAITING = ("ready", "later", "in_hand", "parked", "oldest")

Key = tuple[int, int, str, int]


def keep_history() -> int:
    """Add to all steps at once. Returns how many rows of processes were added.

    Two statements when nothing happens and nothing waits. Any number of schedulers may do it: a
    row is added and marked in one transaction.
    """
    waiting = {
        Minute(meter.minute(), one.kind, one.queue): _waiting(one)
        for one in count_rows()
        if one.ready or one.later or one.in_hand or one.parked
    }
    if not waiting and not ProcessMinute.objects.filter(fresh=True).exists():
        return 0
    count = 0
    while True:
        added = _add(waiting)
        count += added
        waiting = {}
        if added < BATCH:
            return count


def _waiting(one: Backlog) -> Sums:
    return Sums(
        ready=one.ready,
        later=one.later,
        in_hand=one.in_hand,
        parked=one.parked,
        oldest=one.wait,
    )


def _add(waiting: dict[Minute, Sums]) -> int:
    with transaction.atomic():
        rows = ProcessMinute.objects.filter(fresh=True).order_by("id").select_for_update()
        fresh = list(rows[:BATCH])
        parts: dict[Minute, list[Sums]] = defaultdict(list)
        for key, sums in waiting.items():
            parts[key].append(sums)
        for row in fresh:
            measured = measured_of(row.handled, row.failed, row.runtimes, row.waits)
            key = Minute(minute_of(row.at), row.kind, row.queue)
            parts[key].append(Sums(measured, row.memory))
        if parts:
            _write(_by_step(parts))
        if fresh:
            mine = ProcessMinute.objects.filter(pk__in=[row.pk for row in fresh])
            mine.update(fresh=None)
    return len(fresh)


def _by_step(parts: dict[Minute, list[Sums]]) -> dict[Key, Sums]:
    found: dict[Key, Sums] = defaultdict(Sums)
    for key, several in parts.items():
        for step in STEPS:
            start = key.minute * 60 // step * step
            for sums in several:
                found[step, start, key.kind, key.queue].merge(sums)
    return found


def _write(wanted: dict[Key, Sums]) -> None:
    """Add to the rows that there are, and make the others."""
    times: dict[int, set[int]] = defaultdict(set)
    for step, start, _kind, _queue in wanted:
        times[step].add(start)
    there = Q(pk__in=[])
    for step, starts in times.items():
        there |= Q(step=step, at__in=[moment_of(start // 60) for start in starts])
    rows = QueueStep.objects.filter(there).order_by("pk").select_for_update()
    for step, at, kind, queue, *figures in rows.values_list(*KEY, *MEASURES, *WAITING):
        if sums := wanted.get((step, minute_of(at) * 60, kind, queue)):
            sums.merge(sums_of(*figures))
    features = connection.features
    QueueStep.objects.bulk_create(
        [_row(key, sums) for key, sums in sorted(wanted.items(), key=lambda one: one[0])],
        update_conflicts=True,
        update_fields=[*MEASURES, *WAITING],
        unique_fields=KEY if features.supports_update_conflicts_with_target else None,
    )


def sums_of(
    handled: int, failed: int, runtimes: str, waits: str, memory: int, *waiting: Any
) -> Sums:
    """What the columns of MEASURES and WAITING say."""
    return Sums(measured_of(handled, failed, runtimes, waits), memory, *waiting)


def _row(key: Key, sums: Sums) -> QueueStep:
    step, start, kind, queue = key
    return QueueStep(
        step=step,
        at=moment_of(start // 60),
        kind=kind,
        queue=queue,
        handled=sums.measured.handled,
        failed=sums.measured.failed,
        runtimes=sums.measured.runtimes.text(),
        waits=sums.measured.waits.text(),
        memory=sums.memory,
        **{name: getattr(sums, name) for name in WAITING},
    )
