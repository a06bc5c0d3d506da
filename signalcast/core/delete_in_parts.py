"""Delete many rows without holding a lock on all of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

#: Rows of one statement, so that no lock is held for long.
AT_A_TIME = 1_000


def delete_in_parts(rows: QuerySet[Any], at_a_time: int = AT_A_TIME) -> int:
    """Delete ROWS, as long as they are what was asked for. Returns how many went."""
    deleted = 0
    while ids := list(rows.values_list("pk", flat=True)[:at_a_time]):
        deleted += rows.filter(pk__in=ids).delete()[0]
    return deleted
