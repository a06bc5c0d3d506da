"""Forget what no longer has to be recognised."""

from __future__ import annotations

from django.db.models.functions import Now

from signalcast.intake.models import IdempotencyKey

#: Rows of one statement, so that no lock is held for long.
BATCH = 1_000


def prune_idempotency_keys() -> int:
    """Delete expired idempotency keys. Returns how many."""
    pruned = 0
    while ids := list(
        IdempotencyKey.objects.filter(expires_at__lt=Now()).values_list("pk", flat=True)[:BATCH]
    ):
        pruned += IdempotencyKey.objects.filter(pk__in=ids, expires_at__lt=Now()).delete()[0]
    return pruned
