"""Whether rows wait longer than their queue's budget."""

from __future__ import annotations

from signalcast.ops.health.waits import by_queue, waits
from signalcast.pipeline import WAIT_BUDGET

OK, LATE = "ok", "late"


def queue_states() -> dict[str, str]:
    """Whether each queue, by its label, is ok or late. One statement."""
    return {
        queue.label: LATE if age > WAIT_BUDGET[queue] else OK
        for queue, age in by_queue(waits()).items()
    }
