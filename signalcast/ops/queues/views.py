"""Queues at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from signalcast.accounts.models import Role
from signalcast.delivery.models import Delivery
from signalcast.intake.models import Receipt
from signalcast.pipeline import Queue
from signalcast.portal.access import roles_required
from signalcast.work.models import Job, Work

KINDS: dict[str, type[Work]] = {"receipt": Receipt, "delivery": Delivery, "job": Job}
OPERATORS = (Role.OWNER, Role.OPERATOR)


@dataclass(frozen=True, slots=True)
class Line:
    """One queue of one kind of row."""

    kind: str
    queue: str
    due: int
    later: int
    oldest: datetime | None


@require_GET
@roles_required(*OPERATORS)
def overview(request: HttpRequest) -> HttpResponse:
    """What waits, what is in hand, what was set aside."""
    kinds = [
        {
            "name": model._meta.verbose_name_plural,
            "in_hand": model._default_manager.filter(leased_until__isnull=False).count(),
            "parked": model._default_manager.filter(parked_at__isnull=False).count(),
            "lines": list(_lines(name, model)),
        }
        for name, model in KINDS.items()
    ]
    return render(request, "queues/overview.html", {"kinds": kinds})


def _lines(name: str, model: type[Work]) -> Iterator[Line]:
    waiting = model._default_manager.filter(due__isnull=False, queue__in=list(Queue))
    found: dict[int, dict[str, Any]] = {
        row["queue"]: dict(row)
        for row in waiting.values("queue").annotate(
            now=Count("pk", filter=Q(due__lte=Now())),
            later=Count("pk", filter=Q(due__gt=Now())),
            oldest=Min("due", filter=Q(due__lte=Now())),
        )
    }
    for queue in Queue:
        row = found.get(queue.value, {"now": 0, "later": 0, "oldest": None})
        yield Line(name, queue.label, row["now"], row["later"], row["oldest"])
