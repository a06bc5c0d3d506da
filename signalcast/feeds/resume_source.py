"""Open the door to a source again."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.feeds.models import Source


def resume_source(source: Source, *, by: User) -> None:
    """Take what it posts again."""
    source.is_active = True
    with transaction.atomic():
        source.save(update_fields=["is_active"])
        noted(by, "sources.resumed", target=source.slug)
    events.emit("source.resumed", source=source.slug)
