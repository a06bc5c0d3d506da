"""Rows of queues that do not rest."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from signalcast.work.models import Pause, Work

Row = TypeVar("Row", bound=Work)


def unpaused(rows: QuerySet[Row]) -> QuerySet[Row]:
    """ROWS without those of paused queues, asked within the same statement.

    So a pause counts on every machine from the moment it is committed, and costs no statement.
    """
    return rows.exclude(queue__in=in_force().filter(queue__isnull=False).values("queue"))


def in_force() -> QuerySet[Pause]:
    """The pauses that are not over."""
    return Pause.objects.filter(Q(until__isnull=True) | Q(until__gt=Now()))
