"""Keep away from a destination that fails again and again, and find out when it is well.

Five failures in a row open the breaker for 30 s; each failed probe doubles the pause, up to 15
minutes. What comes due meanwhile waits and uses up no attempt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection

from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Now

from signalcast.channels.models import Destination
from signalcast.channels.switch import switched_off
from signalcast.core import events
from signalcast.core.clock import from_now

FAILURES_TO_OPEN = 5
#: Seconds of the pauses, from the fifth failure on.
PAUSES = (30, 60, 120, 240, 480, 900)
#: Seconds within which a probe has ended, or its process has.
PROBE_TAKES = 20


def take_probe(destination: int) -> bool:
    """Be the one who tries whether a destination is well again; False if somebody else is."""
    return bool(
        Destination.objects.filter(pk=destination, blocked_until__lte=Now()).update(
            blocked_until=from_now(PROBE_TAKES)
        )
    )


def count_failures(failed: Counter[int], probes: Collection[int]) -> None:
    """Add failures in a row, by destination, and open the breaker of those that had too many.

    What was still in flight when a breaker opened doesn't make its pause longer; a probe does.
    """
    by_count: dict[int, list[int]] = defaultdict(list)
    for destination, count in failed.items():
        by_count[count].append(destination)
    for count, destinations in by_count.items():
        open_now = Q(blocked_until__gt=Now()) & ~Q(pk__in=probes)
        Destination.objects.filter(pk__in=destinations).exclude(open_now).update(
            # In this order: MySQL computes from what the statement has changed so far.
            blocked_until=_blocked_until(count),
            failures=F("failures") + count,
        )
    events.warn("destination.failed", destinations=len(failed), failures=sum(failed.values()))


def count_success(destinations: Collection[int]) -> None:
    """Forget the failures of destinations that accepted something."""
    closed = Destination.objects.filter(pk__in=destinations).update(failures=0, blocked_until=None)
    events.emit("destination.recovered", destinations=closed)


def ask_to_wait(destination: int, seconds: float) -> None:
    """Send nothing to a destination for as long as it asked."""
    Destination.objects.filter(
        Q(blocked_until=None) | Q(blocked_until__lt=from_now(seconds)), pk=destination
    ).update(blocked_until=from_now(seconds))


def disable(destination: int, reason: str) -> None:
    """Never send to a destination again, unless its owner switches it on."""
    Destination.objects.filter(pk=destination).update(**switched_off(reason))
    events.warn("destination.disabled", destination=destination, reason=reason)


def _blocked_until(more: int) -> Case:
    """The end of the pause after so many MORE failures."""
    before = [
        When(failures=FAILURES_TO_OPEN + step - more, then=from_now(pause))
        for step, pause in enumerate(PAUSES[:-1])
        if FAILURES_TO_OPEN + step - more >= 0
    ]
    return Case(
        When(failures__lt=FAILURES_TO_OPEN - more, then=Value(None, DateTimeField())),
        *before,
        default=from_now(PAUSES[-1]),
        output_field=DateTimeField(),
    )
