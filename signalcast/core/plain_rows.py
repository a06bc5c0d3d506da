"""Many rows at once, as the driver gives them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


class Prepared(NamedTuple):
    """A `values_list` query in the words of the engine in use, to be asked any number of times."""

    text: str
    parameters: tuple[Any, ...]

    def rows(self) -> list[Any]:
        """Its rows, without what Django makes of columns: UUIDs, times and truth values come in
        the engine's own form.
        """
        if not self.text:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.parameters)
            if connection.vendor != "sqlite":
                return list(cursor.fetchall())
            found: list[Any] = msgspec.json.decode(cursor.fetchone()[0])
            return found


def plain_rows(query: QuerySet[Any, Any]) -> list[Any]:
    """The rows of a `values_list` query that is asked once."""
    return prepare(query).rows()


def prepare(query: QuerySet[Any, Any]) -> Prepared:
    """Put a `values_list` query into words: without this Django does so each time it is asked,
    which takes longer than a small answer.

    SQLite hands all rows over in one step: between steps Python's lock is fought for, which beside
    a busy thread takes longer than the query.
    """
    try:
        text, parameters = query.query.sql_with_params()
    except EmptyResultSet:
        return Prepared("", ())
    if connection.vendor == "sqlite":
        columns = ",".join(f"c{at}" for at in range(_width(query)))
        text = (
            f"WITH rows({columns}) AS ({text})"  # noqa: S608 - Django's text, our numbers
            f" SELECT json_group_array(json_array({columns})) FROM rows"
        )
    return Prepared(text, tuple(parameters))


def _width(query: QuerySet[Any, Any]) -> int:
    return len(query.query.values_select) + len(query.query.annotation_select)
