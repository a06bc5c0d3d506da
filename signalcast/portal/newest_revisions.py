"""Signals with what they say at the moment, as lists show them."""

from __future__ import annotations

from collections.abc import Sequence

from signalcast.signals.models import Revision, Signal


def newest_revisions(signals: Sequence[Signal]) -> list[tuple[Signal, Revision | None]]:
    """Each signal with its newest revision and that one's targets. Two statements for all."""
    newest = {
        revision.signal_id: revision
        for revision in Revision.objects.filter(signal__in=signals)
        .order_by("number")
        .prefetch_related("targets")
    }
    return [(signal, newest.get(signal.pk)) for signal in signals]
