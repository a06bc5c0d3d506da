"""How often each source sends, as it did over the past weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from signalcast.core.clock import now
from signalcast.feeds.models import Source
from signalcast.intake.models import Receipt

#: Arrivals that a rhythm is made of, the newest, and the fewest that make one.
ARRIVALS, FEWEST = 200, 20
#: Weeks, so that a weekend without markets is one of the pauses.
LOOK_BACK = timedelta(days=28)
#: Arrivals over at least so long: a burst of a minute is no rhythm.
LONG_ENOUGH = timedelta(hours=1)
#: Seconds: a source that sends every few seconds is not silent after ten.
SHORTEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The longest pause between two arrivals, and how long nothing came now, in seconds."""

    source: str
    pause: float
    silence: float


def rhythms() -> list[Rhythm]:
    """The rhythms of active sources that have one. A statement for each source, and one more."""
    moment = now()
    found = []
    for source in Source.objects.filter(is_active=True).only("pk", "slug").order_by("slug"):
        arrivals = list(
            Receipt.objects.filter(source=source)
            .order_by("-pk")
            .values_list("received_at", flat=True)[:ARRIVALS]
        )
        arrivals = [arrival for arrival in arrivals if arrival > moment - LOOK_BACK]
        if len(arrivals) < FEWEST or arrivals[0] - arrivals[-1] < LONG_ENOUGH:
            continue
        pauses = [(later - earlier).total_seconds() for later, earlier in pairwise(arrivals)]
        silence = max((moment - arrivals[0]).total_seconds(), 0.0)
        found.append(Rhythm(source.slug, max(*pauses, SHORTEST_PAUSE), silence))
    return found
