"""How many processes of a role there should be. Numbers in, a number and its reason out."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

#: Part of the budget that the oldest row may have waited until another process is started.
UP_AT = 0.5
#: Seconds between two processes more: time for the last one to show what it is worth.
UP_EVERY = 5.0
#: Part of the budget that a due row may wait without it counting: whatever is done by the clock,
#: each minute or more often, is due for a moment.
IDLE_BELOW = 0.05
#: Seconds without a row that waits until one process fewer will do, at least; between two fewer.
IDLE_FOR = 60.0
DOWN_EVERY = 15.0


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of a role at one moment. All times are in seconds."""

    running: int
    least: int
    most: int
    #: The queue that is closest to its budget or furthest past it, and its oldest row's age.
    queue: str
    wait: float
    budget: float
    #: Since a row last had to wait, and since the number was last changed.
    idle_for: float
    changed_ago: float
    #: Without a row that waits until one process fewer will do.
    patience: float = IDLE_FOR


def has_to_wait(wait: float, budget: float) -> bool:
    """Whether a due row's age is more than what the best of hosts needs to get at it."""
    return wait > IDLE_BELOW * budget


def decide(now: Situation) -> tuple[int, str]:
    """The number there should be, and why; the number there is, and "", where nothing changes.

    One step at a time, so that a burst of a second does not start everything there is.
    """
    if now.running < now.least:
        return now.running + 1, _("fewer ran than the least")
    late = now.budget > 0 and now.wait > UP_AT * now.budget
    if late and now.running < now.most and now.changed_ago >= UP_EVERY:
        reason = _("the oldest row in %(queue)s waits for %(wait).1f s of %(budget)g s")
        told = {"queue": now.queue, "wait": now.wait, "budget": now.budget}
        return now.running + 1, reason % told
    if (
        now.running > now.least
        and now.idle_for >= now.patience
        and now.changed_ago >= DOWN_EVERY
        and not late
    ):
        return now.running - 1, _("nothing waited for %(seconds).0f s") % {"seconds": now.idle_for}
    return now.running, ""
