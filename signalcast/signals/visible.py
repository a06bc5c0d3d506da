"""Whose signals are whose to read: the only way that pages and programs get at them."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.accounts.models import User
from signalcast.plans.entitlement import readable_feeds
from signalcast.signals.models import Signal


def visible_signals(user: User) -> QuerySet[Signal]:
    """Signals of the feeds that a user may read at this moment."""
    return Signal.objects.filter(feed__in=readable_feeds(user))
