"""Forget what checks said long ago."""

from __future__ import annotations

from datetime import timedelta

from signalcast.core.clock import now
from signalcast.core.delete_in_parts import delete_in_parts
from signalcast.ops.health.models import CheckNote

#: Days that notes are kept.
KEPT = 30


def prune_check_notes() -> int:
    """Delete notes past their days. Returns how many."""
    return delete_in_parts(CheckNote.objects.filter(at__lt=now() - timedelta(days=KEPT)))
