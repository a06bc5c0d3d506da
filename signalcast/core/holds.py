"""Find what people type, in whatever case, on every engine."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower

Row = TypeVar("Row", bound=Model)


def holds(rows: QuerySet[Row], text: str, *columns: str) -> QuerySet[Row]:
    """Those of ROWS of which one of COLUMNS holds TEXT.

    MariaDB's `icontains` follows the collation, SQLite's LOWER knows no letters but English ones:
    together they find it everywhere.
    """
    wanted = Q()
    for at, column in enumerate(columns):
        rows = rows.alias(**{f"low_{at}": Lower(column)})
        wanted |= Q(**{f"{column}__icontains": text}) | Q(**{f"low_{at}__contains": text.lower()})
    return rows.filter(wanted)
