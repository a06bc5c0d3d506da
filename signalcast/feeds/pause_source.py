"""Shut the door to a source."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.feeds.models import Source


def pause_source(source: Source, *, by: User) -> None:
    """Refuse what it posts, within the seconds that doors remember it."""
    source.is_active = False
    with transaction.atomic():
        source.save(update_fields=["is_active"])
        noted(by, "sources.paused", target=source.slug)
    events.emit("source.paused", source=source.slug)
