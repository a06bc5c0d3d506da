"""Forget what no longer has to be recognised."""

from __future__ import annotations

from django.db.models.functions import Now

from signalcast.core.delete_in_parts import delete_in_parts
from signalcast.intake.models import IdempotencyKey


def prune_idempotency_keys() -> int:
    """Delete expired idempotency keys. Returns how many."""
    return delete_in_parts(IdempotencyKey.objects.filter(expires_at__lt=Now()))
