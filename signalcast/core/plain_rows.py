"""Many rows at once, as the driver gives them."""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def plain_rows(query: QuerySet[Any, Any]) -> list[Any]:
    """The rows of a `values_list` query, without what Django makes of columns.

    UUIDs, times and truth values come in the engine's own form. SQLite hands all over in one step:
    between steps Python's lock is fought for, which beside a busy thread takes longer than the
    query.
    """
    try:
        text, parameters = query.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(text, parameters)
            return list(cursor.fetchall())
        columns = ",".join(f"c{at}" for at in range(_width(query)))
        cursor.execute(
            f"WITH rows({columns}) AS ({text})"  # noqa: S608 - Django's text, our numbers
            f" SELECT json_group_array(json_array({columns})) FROM rows",
            parameters,
        )
        found: list[Any] = msgspec.json.decode(cursor.fetchone()[0])
        return found


def _width(query: QuerySet[Any, Any]) -> int:
    return len(query.query.values_select) + len(query.query.annotation_select)
