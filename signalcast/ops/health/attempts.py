"""What came of the newest attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q

from signalcast.core.clock import now
from signalcast.delivery.models import Attempt
from signalcast.delivery.states import Outcome

MINUTES = 10
WINDOW = timedelta(minutes=MINUTES)
#: Attempts that are looked at, at most: the newest, found by their keys.
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Attempts of one channel. Those that were asked to wait have not ended."""

    accepted: int
    ended: int
    crashed: int

    @property
    def share(self) -> float:
        """Percent that was accepted."""
        return 100 * self.accepted / self.ended


def tallies() -> dict[str, Tally]:
    """What came of the newest attempts of the last ten minutes, by channel. Two statements."""
    newest = Attempt.objects.order_by("-pk").values_list("pk", flat=True)[:1]
    last = next(iter(newest), None)
    if last is None:
        return {}
    rows = (
        Attempt.objects.filter(
            pk__gt=last - MOST, started_at__gt=now() - timedelta(minutes=MINUTES)
        )
        .exclude(outcome=Outcome.WAIT)
        .values("delivery__destination__kind")
        .annotate(
            ended=Count("pk"),
            accepted=Count("pk", filter=Q(outcome=Outcome.ACCEPTED)),
            crashed=Count("pk", filter=Q(outcome=Outcome.CRASHED)),
        )
        .order_by()
    )
    return {
        row["delivery__destination__kind"]: Tally(row["accepted"], row["ended"], row["crashed"])
        for row in rows
    }
