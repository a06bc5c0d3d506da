"""Forget exports of accounts that nobody needs any more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from signalcast.accounts.models import AccountExport

#: Days that an export can be fetched.
KEPT_DAYS = 7


def prune_exports() -> int:
    """Delete old ones. Returns how many."""
    rows = AccountExport.objects.filter(asked_at__lt=Now() - timedelta(days=KEPT_DAYS))
    deleted, _by_model = rows.delete()
    return deleted
