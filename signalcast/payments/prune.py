"""Forget what providers told long ago."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from signalcast.core.delete_in_parts import delete_in_parts
from signalcast.payments.models import ProviderEvent

#: How long an event is kept, to look into a payment: longer than any dispute about one takes.
#: Stripe lists its events for 30 days, so that none of the old ones is found anew.
KEPT = timedelta(days=400)
#: Events deleted at a time: they are large.
AT_A_TIME = 200


def prune_events() -> int:
    """Delete events that were applied and are old: they hold names and addresses, and the books
    have what they brought. Returns how many."""
    old = ProviderEvent.objects.filter(received_at__lt=Now() - KEPT, applied_at__isnull=False)
    return delete_in_parts(old, AT_A_TIME)
