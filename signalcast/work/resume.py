"""End a pause."""

from __future__ import annotations

from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import PUBLISH, RUN_JOBS, SEND
from signalcast.work.unpaused import in_force


def resume(what: str, *, by: str) -> bool:
    """Let WHAT go on now. Returns whether it was paused."""
    if not in_force().filter(what=what).delete()[0]:
        return False
    events.emit("work.resumed", what=what, by=by)
    for bell in (PUBLISH, SEND, RUN_JOBS):
        ring_after_commit(bell)
    return True
