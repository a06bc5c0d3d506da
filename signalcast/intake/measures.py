"""What is counted and timed of what comes in."""

from __future__ import annotations

from signalcast.core.measure import Count, Timing
from signalcast.intake.states import Door

#: One addition a batch: the doors are the hottest path there is.
RECEIPTS = Count(
    "signalcast_intake_receipts_total",
    "Receipts by door and what became of them: accepted, duplicate, mismatch, refused, failed.",
    "door",
    "outcome",
)
REFUSED = Count(
    "signalcast_intake_refused_total",
    "Requests that a door refused, and items of lists that were accepted in part, by reason.",
    "door",
    "reason",
)
COMMIT = Timing(
    "signalcast_intake_commit_seconds", "Time to store one batch of receipts, until its commit."
)

FAILED = "failed"
INVALID = "invalid"
#: Reasons in one word, by the status that is answered.
REASONS = {
    401: "token",
    404: "no_door",
    405: "method",
    413: "too_large",
    415: "media_type",
    422: INVALID,
    429: "too_fast",
    503: "unavailable",
}


def count_refused(path: str, status: int) -> None:
    """Count a request that was refused."""
    asked = path.split("/")
    door = {"v1": Door.TYPED, "hooks": Door.HOOK, "telegram": Door.TELEGRAM}.get(
        asked[2] if len(asked) > 2 else ""
    )
    REFUSED.add(door.value if door else "none", REASONS.get(status, str(status)))
