"""Let a queue or a schedule rest, on all machines, for a time or until it is resumed."""

from __future__ import annotations

from django.db.models.functions import Now

from signalcast.core import events
from signalcast.core.clock import from_now
from signalcast.pipeline import SCHEDULES, Queue
from signalcast.work.models import Pause

QUEUE, SCHEDULE = "queue:", "schedule:"


def pause(what: str, *, by: str, seconds: float | None = None, reason: str = "") -> Pause:
    """Pause WHAT (`queue:high`, `schedule:prune_work`), anew if it is paused already.

    What is in hand is finished. Raises LookupError when there is nothing of that name.
    """
    queue = None
    if what.startswith(QUEUE):
        queue = {one.label: one for one in Queue}[what.removeprefix(QUEUE)]
    elif what.removeprefix(SCHEDULE) not in {planned.job for planned in SCHEDULES}:
        raise LookupError(what)
    until = None if seconds is None else from_now(seconds)
    told = {"queue": queue, "until": until, "since": Now(), "by": by, "reason": reason[:200]}
    made, _new = Pause.objects.update_or_create(what=what, defaults=told)
    events.emit("work.paused", what=what, seconds=seconds, by=by, reason=reason)
    return made
