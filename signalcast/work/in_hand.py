"""The rows of a claim that are still this process's, whatever else happened since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Q, QuerySet

from signalcast.core.among import among
from signalcast.work.claim import Claimed
from signalcast.work.models import Work

Row = TypeVar("Row", bound=Work)


def in_hand(model: type[Row], claimed: Iterable[Claimed]) -> QuerySet[Row]:
    """Rows still leased under the generation they were claimed with.

    Grouped by generation (nearly always one) to keep the statement short.
    """
    by_generation: dict[int, list[object]] = defaultdict(list)
    for row in claimed:
        by_generation[row.generation].append(row.id)
    condition = Q(pk__in=[])
    for generation, ids in by_generation.items():
        condition |= Q(generation=generation) & among(model, ids)
    return model._default_manager.filter(condition, leased_until__isnull=False)
