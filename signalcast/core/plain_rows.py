"""Many rows at once, as the driver gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from signalcast.core.among import name

#: All rows as one text of JSON, by engine.
_GATHERED = {
    "sqlite": "json_group_array(json_array({}))",
    "postgresql": "coalesce(json_agg(json_build_array({})), '[]')::text",
}


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
            if connection.vendor not in _GATHERED:
                return list(cursor.fetchall())
            found: list[Any] = msgspec.json.decode(cursor.fetchone()[0])
            return found

    def about(self, ids: Sequence[int]) -> Prepared:
        """The same query where it was prepared about `among.SOME`, about these rows."""
        return Prepared(name(self.text, ids), self.parameters)


def prepared(query: Callable[[], QuerySet[Any, Any]]) -> Prepared:
    """What QUERY makes, which is always the same: put into words once for the engine in use."""
    return _prepared(connection.vendor, query)


@lru_cache(maxsize=64)
def _prepared(_engine: str, query: Callable[[], QuerySet[Any, Any]]) -> Prepared:
    return prepare(query())


def plain_rows(query: QuerySet[Any, Any]) -> list[Any]:
    """The rows of a `values_list` query that is asked once."""
    return prepare(query).rows()


def prepare(query: QuerySet[Any, Any]) -> Prepared:
    """Put a `values_list` query into words: without this Django does so each time it is asked,
    which takes longer than a small answer.

    Where the engine can, it hands all rows over in one step. Between steps SQLite lets go of
    Python's lock, and getting it back beside a busy thread takes longer than the query;
    PostgreSQL's driver makes objects of times and UUIDs that few rows are asked for.
    """
    try:
        text, parameters = query.query.sql_with_params()
    except EmptyResultSet:
        return Prepared("", ())
    if gathered := _GATHERED.get(connection.vendor):
        columns = ",".join(f"c{at}" for at in range(_width(query)))
        text = (
            f"WITH rows({columns}) AS ({text})"  # noqa: S608 - Django's text, our numbers
            f" SELECT {gathered.format(columns)} FROM rows"
        )
    return Prepared(text, tuple(parameters))


def _width(query: QuerySet[Any, Any]) -> int:
    return len(query.query.values_select) + len(query.query.annotation_select)
