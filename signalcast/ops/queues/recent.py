"""What was done in the last minutes, by queue and by process."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from signalcast.ops.health.waits import KINDS, Place
from signalcast.ops.queues.history import TOLD_AFTER
from signalcast.ops.queues.models import ProcessMinute
from signalcast.ops.queues.sums import Sums, measured_of, moment_of
from signalcast.pipeline import Queue
from signalcast.work.meter import meter

#: Full minutes that are looked at, after which everybody has told of them.
MINUTES = 5
FIELDS = ("kind", "queue", "host", "name", "handled", "failed", "runtimes", "waits", "memory")


@dataclass(frozen=True, slots=True)
class Recent:
    """Figures of the last full minutes."""

    places: dict[Place, Sums]
    #: By host and name.
    processes: dict[tuple[str, str], Sums]


def recent() -> Recent:
    """Add up what all processes told. One statement."""
    until = meter.minute() - TOLD_AFTER + 1
    rows = ProcessMinute.objects.filter(
        at__gte=moment_of(until - MINUTES),
        at__lt=moment_of(until),
        kind__in=list(KINDS),
        queue__in=list(Queue),
    )
    places: dict[Place, Sums] = defaultdict(Sums)
    processes: dict[tuple[str, str], Sums] = defaultdict(Sums)
    for kind, queue, host, name, *figures, memory in rows.values_list(*FIELDS):
        sums = Sums(measured_of(*figures), memory)
        places[Place(kind, Queue(queue))].merge(sums)
        processes[host, name].merge(sums)
    return Recent(dict(places), dict(processes))
