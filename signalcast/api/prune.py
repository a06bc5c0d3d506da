"""Forget answers that nobody may ask for again."""

from __future__ import annotations

from signalcast.api.models import StoredAnswer
from signalcast.core.clock import from_now

#: Seconds that an answer is kept for requests with its key.
KEPT = 86_400
#: Rows of one statement, so that no lock is held for long.
BATCH = 1_000


def prune_stored_answers() -> int:
    """Delete old ones. Returns how many."""
    pruned = 0
    old = StoredAnswer.objects.filter(created_at__lt=from_now(-KEPT))
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        pruned += old.filter(pk__in=ids).delete()[0]
    return pruned
