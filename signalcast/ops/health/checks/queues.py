"""No row waits longer than its queue's budget."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, State
from signalcast.ops.health.waits import by_queue, waits
from signalcast.pipeline import WAIT_BUDGET

#: So many times its budget, and a queue does not just lag.
FAR_TOO_LATE = 10.0


def look() -> Finding:
    """The age of the oldest due row of each queue against its budget."""
    found = by_queue(waits())
    lateness = {queue: age / WAIT_BUDGET[queue] for queue, age in found.items()}
    worst = max(lateness, key=lambda queue: lateness[queue])
    age = found[worst]
    parts = {queue.label: round(one, 1) for queue, one in found.items()}
    if not age:
        return Finding(State.OK, _("Nothing waits."), 0.0, "s", parts)
    words = _("In %(queue)s, the oldest row has been due for %(age).1f s; %(budget)g s is allowed.")
    words %= {"queue": worst.label, "age": age, "budget": WAIT_BUDGET[worst]}
    state = State.OK if lateness[worst] <= 1 else State.WARNING
    if lateness[worst] > FAR_TOO_LATE:
        state = State.FAILED
    return Finding(state, words, age, "s", parts)


check = Check(
    title=gettext_lazy("Queues"),
    meaning=gettext_lazy("How long the oldest due row waits. See Queues for what waits there."),
    run=look,
)
