"""The processes that live."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.core.clock import from_now
from signalcast.pipeline import LOST_AFTER
from signalcast.work.models import ProcessBeat


def living() -> QuerySet[ProcessBeat]:
    """Those of all machines that told of themselves lately, by the database's clock."""
    return ProcessBeat.objects.filter(seen_at__gt=from_now(-LOST_AFTER))
