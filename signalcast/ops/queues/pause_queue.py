"""Let a queue rest on all machines."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.work.models import Pause
from signalcast.work.pause import QUEUE, pause

#: Seconds that the pages offer; None is until somebody resumes it.
OFFERED: dict[str, float | None] = {"15m": 900.0, "1h": 3_600.0, "4h": 14_400.0, "": None}
#: The longest pause with an end, in seconds.
LONGEST = 30 * 86_400.0
#: Characters of a reason that are kept.
LONGEST_REASON = 200


def pause_queue(label: str, *, by: str, seconds: float | None, reason: str = "") -> Pause:
    """Pause the queue of that LABEL, for SECONDS or until it is resumed; anew if it is paused.

    What is in hand is finished. Raises LookupError when there is no such queue.
    """
    reason = reason.replace("\0", "")[:LONGEST_REASON]
    with transaction.atomic():
        made = pause(f"{QUEUE}{label}", by=by, seconds=seconds, reason=reason)
        audit("queue.paused", by=by, target=label, seconds=seconds, reason=reason)
    return made
