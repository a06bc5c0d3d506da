"""Forget what providers told long ago."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from signalcast.payments.models import ProviderEvent

#: How long an event is kept, to look into a payment: longer than any dispute about one takes.
#: Stripe lists its events for 30 days, so that none of the old ones is found anew.
KEPT = timedelta(days=400)
#: Events deleted at a time: few enough that nobody waits for the lock.
CHUNK = 200


def prune_events() -> int:
    """Delete events that were applied and are old: they hold names and addresses, and the books
    have what they brought. Returns how many."""
    old = ProviderEvent.objects.filter(received_at__lt=Now() - KEPT, applied_at__isnull=False)
    pruned = 0
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        pruned += ProviderEvent.objects.filter(pk__in=ids).delete()[0]
    return pruned
