"""Write down what this process has done since it last told."""

from __future__ import annotations

import os

from signalcast.core.process import host_name, memory
from signalcast.ops.queues.models import ProcessMinute
from signalcast.ops.queues.sums import moment_of
from signalcast.work.meter import meter


def tell_minutes(role: str, name: str) -> int:
    """Write what the meter holds. One INSERT, none when nothing was done. Returns its rows.

    What cannot be written stays in the meter, for the next time.
    """
    taken = meter.take()
    if not taken:
        return 0
    about = {"host": host_name(), "role": role, "name": name, "memory": memory(os.getpid())}
    try:
        ProcessMinute.objects.bulk_create(
            ProcessMinute(
                **about,
                at=moment_of(key.minute),
                kind=key.kind,
                queue=key.queue,
                handled=measured.handled,
                failed=measured.failed,
                runtimes=measured.runtimes.text(),
                waits=measured.waits.text(),
            )
            for key, measured in taken.items()
        )
    except Exception:
        meter.put_back(taken)
        raise
    return len(taken)
