"""What the queues did over time, as the pages, the command and the API show it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from signalcast.core.clock import now
from signalcast.ops.queues.keep_history import MEASURES, WAITING, sums_of
from signalcast.ops.queues.models import MINUTE, DeployMark, QueueStep
from signalcast.ops.queues.sums import Sums, moment_of
from signalcast.work.meter import meter

#: Minutes after which everybody has told what was done in one.
TOLD_AFTER = 2


@dataclass(frozen=True, slots=True)
class Point:
    """One step of the history, over all queues that were asked for."""

    at: datetime
    #: Minutes that it has lasted so far.
    minutes: float
    sums: Sums


def history(
    step: int, *, since: datetime, until: datetime, kind: str = "", queue: int | None = None
) -> list[Point]:
    """The steps that began from SINCE until before UNTIL in which anything happened, in order.

    One statement. Minutes that not everybody has told of yet are left out.
    """
    told = moment_of(meter.minute() - TOLD_AFTER + 1)
    rows = QueueStep.objects.filter(step=step, at__gte=since, at__lt=until)
    if step == MINUTE:
        rows = rows.filter(at__lt=told)
    if kind:
        rows = rows.filter(kind=kind)
    if queue is not None:
        rows = rows.filter(queue=queue)
    found: dict[datetime, Sums] = defaultdict(Sums)
    for at, *figures in rows.order_by("at").values_list("at", *MEASURES, *WAITING):
        found[at].join(sums_of(*figures))
    moment = now()
    return [
        Point(at, max(min((moment - at).total_seconds(), step), 60.0) / 60, sums)
        for at, sums in found.items()
    ]


def deploy_marks(*, since: datetime, until: datetime) -> list[DeployMark]:
    """The versions that began to run in that time, in order. One statement."""
    return list(DeployMark.objects.filter(at__gte=since, at__lt=until).order_by("at"))
