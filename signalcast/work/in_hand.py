"""The rows of a claim that are still this process's, whatever else happened since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import BooleanField, Case, Q, QuerySet, When

from signalcast.core.among import among
from signalcast.work.claim import Claimed
from signalcast.work.models import Work

Row = TypeVar("Row", bound=Work)

#: In a form that no index is about: MariaDB would go through the leases of all processes, lock
#: them in another order than who looks rows up by their keys, and end one of the two.
_LEASED = Case(
    When(leased_until__isnull=False, then=True), default=False, output_field=BooleanField()
)


def in_hand(model: type[Row], claimed: Iterable[Claimed]) -> QuerySet[Row]:
    """Rows still leased under the generation they were claimed with."""
    condition = Q(pk__in=[])
    for generation, ids in by_generation(claimed).items():
        condition |= leased(model, generation, ids)
    return model._default_manager.filter(condition)


def leased(model: type[Work], generation: Any, ids: Sequence[Any]) -> Q:
    """Those of the rows that are in hand under that generation."""
    return Q(_LEASED, generation=generation) & among(model, ids)


def by_generation(claimed: Iterable[Claimed]) -> dict[int, list[Any]]:
    """Ids by their generation: nearly always one."""
    ids: dict[int, list[Any]] = defaultdict(list)
    for row in claimed:
        ids[row.generation].append(row.id)
    return ids
