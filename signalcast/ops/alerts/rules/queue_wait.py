"""Rows wait for too long. Whether anybody is there to work on them is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.ops.health.waits import by_queue
from signalcast.pipeline import WAIT_BUDGET, Queue

#: Seconds in `high`: longer than a process that was killed is missed, so that restarts are silent.
HIGH = 12.0


def _look(queue: Queue, view: View, threshold: float) -> Iterator[Trouble]:
    age = by_queue(dict(view.waits))[queue]
    if age > threshold:
        words = _("The oldest due row in %(queue)s has been waiting for %(age).0f s.")
        yield Trouble("", words % {"queue": queue.label, "age": age}, age)


rules = tuple(
    Rule(
        name=f"queue_wait_{queue.label}",
        title=gettext_lazy("Wait in %s") % queue.label,
        meaning=gettext_lazy("See Queues for what waits. Are workers and senders running?"),
        look=partial(_look, queue),
        threshold=HIGH if queue is Queue.HIGH else 2 * budget,
        unit="s",
    )
    for queue, budget in WAIT_BUDGET.items()
)
