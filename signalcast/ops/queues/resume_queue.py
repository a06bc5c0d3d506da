"""End the rest of a queue."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.work.pause import QUEUE
from signalcast.work.resume import resume


def resume_queue(label: str, *, by: str) -> bool:
    """Let the queue of that LABEL go on now, everywhere. Returns whether it was paused."""
    with transaction.atomic():
        was_paused = resume(f"{QUEUE}{label}", by=by)
        if was_paused:
            audit("queue.resumed", by=by, target=label)
    return was_paused
