"""The history of the queues in the back office."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.ops.queues.models import DeployMark, ProcessMinute, QueueStep, WatchedSearch


@listed(ProcessMinute)
class ProcessMinuteAdmin(BackOffice):
    """What each process did within a minute."""

    list_display = ("at", "host", "name", "kind", "queue", "handled", "failed")
    by_key = True


@listed(QueueStep)
class QueueStepAdmin(BackOffice):
    """What all of them did together."""

    list_display = ("at", "step", "kind", "queue", "handled", "failed", "ready", "parked")
    by_key = True


@listed(DeployMark)
class DeployMarkAdmin(BackOffice):
    """When which version began to run."""

    list_display = ("at", "version", "by")


@listed(WatchedSearch)
class WatchedSearchAdmin(BackOffice):
    """Searches that operators keep in view."""

    list_display = ("name", "query", "by", "created_at")
    search_fields = ("name",)
    editable = ("name",)
