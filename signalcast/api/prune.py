"""Forget answers that nobody may ask for again."""

from __future__ import annotations

from signalcast.api.models import StoredAnswer
from signalcast.core.clock import from_now
from signalcast.core.delete_in_parts import delete_in_parts

#: Seconds that an answer is kept for requests with its key.
KEPT = 86_400


def prune_stored_answers() -> int:
    """Delete old ones. Returns how many."""
    return delete_in_parts(StoredAnswer.objects.filter(created_at__lt=from_now(-KEPT)))
