"""What is counted and timed of deciding, fanning out and sending."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from signalcast.core.measure import Count, Timing

DECIDED = Count("signalcast_receipts_decided_total", "Receipts that were decided on.", "state")
POSTED = Count("signalcast_posts_total", "Posts that decisions made.")
ATTEMPTS = Count(
    "signalcast_delivery_attempts_total", "Tries of deliveries, by how they ended.",
    "channel", "outcome",
)  # fmt: skip
NOT_SENT = Count(
    "signalcast_delivery_not_sent_total",
    "Deliveries that were in hand and not tried: put off, superseded, stale, discarded.",
    "state",
)
SENDING = Timing(
    "signalcast_delivery_send_seconds", "Time from the first byte out to the answer.", "channel"
)
ARRIVAL = Timing(
    "signalcast_delivery_arrival_seconds",
    "Time from the request that brought a signal to its acceptance by a receiver at the first try.",
    "channel",
)


class Measured(NamedTuple):
    """What is told of one try."""

    channel: str
    outcome: str
    #: Seconds that it took.
    took: float
    #: Seconds since the request, where it was accepted at the first try.
    since_request: float | None


def measure_attempts(measured: Iterable[Measured]) -> None:
    """Count tries: a few additions for a whole batch."""
    outcomes: Counter[tuple[str, str]] = Counter()
    took: defaultdict[str, list[float]] = defaultdict(list)
    arrived: defaultdict[str, list[float]] = defaultdict(list)
    for one in measured:
        outcomes[one.channel, one.outcome] += 1
        took[one.channel].append(one.took)
        if one.since_request is not None:
            arrived[one.channel].append(max(one.since_request, 0.0))
    for (channel, outcome), count in outcomes.items():
        ATTEMPTS.add(channel, outcome, by=count)
    for channel, seconds in took.items():
        SENDING.note_all(channel, seconds=seconds)
    for channel, seconds in arrived.items():
        ARRIVAL.note_all(channel, seconds=seconds)


def measure_not_sent(states: Mapping[str, int]) -> None:
    """Count deliveries that were not tried."""
    for state, count in states.items():
        NOT_SENT.add(state.replace(" ", "_"), by=count)
