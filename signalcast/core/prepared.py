"""Statements below the ORM's objects, put into words once and run any number of times.

Django puts a statement into words each time it is asked, which takes longer than a small answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql import UpdateQuery

from signalcast.core.among import name

Row = TypeVar("Row", bound=Model)

#: Stands for how many rows are asked for in a query that is put into words once, until
#: `Prepared.at_most` has it.
MANY = 999_999_999
#: All rows as one text of JSON, by engine.
_GATHERED = {
    "sqlite": "json_group_array(json_array({}))",
    "postgresql": "coalesce(json_agg(json_build_array({})), '[]')::text",
}


class _Blank(NamedTuple):
    """The place of a value in the parameters."""

    name: str
    field: Field[Any, Any]


class Prepared(NamedTuple):
    """A statement in the words of the engine in use."""

    text: str
    parameters: tuple[Any, ...]

    def about(self, ids: Sequence[Any]) -> Prepared:
        """The same, prepared about `among.some` rows, about these. There must be one."""
        return Prepared(name(self.text, ids), self.parameters)

    def at_most(self, count: int) -> Prepared:
        """The same, prepared for MANY rows, for so many."""
        return Prepared(self.text.replace(f"LIMIT {MANY}", f"LIMIT {count}"), self.parameters)

    def filled(self, values: Mapping[str, Any]) -> Prepared:
        """The same with these values in the slots of their names. Others stay empty."""
        return Prepared(
            self.text,
            tuple(
                one.field.get_db_prep_save(values[one.name], connection)
                if isinstance(one, _Blank) and one.name in values
                else one
                for one in self.parameters
            ),
        )

    def rows(self) -> list[Any]:
        """The rows of a `values_list` query, without what Django makes of columns: UUIDs, times
        and truth values come in the engine's own form.
        """
        if not self.text:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.parameters)
            if connection.vendor not in _GATHERED:
                return list(cursor.fetchall())
            found: list[Any] = msgspec.json.decode(cursor.fetchone()[0])
            return found

    def run(self) -> int:
        """How many rows an update changed."""
        with connection.cursor() as cursor:
            cursor.execute(self.text, self.parameters)
            return int(cursor.rowcount)


def slot(model: type[Model], field: str, name: str = "") -> RawSQL:
    """Stands in a query for a value of a FIELD of MODEL that `Prepared.filled` has by NAME, which
    is the field's where none is given.
    """
    found: Any = model._meta.get_field(field)
    return RawSQL("%s", (_Blank(name or field, found),), output_field=found)


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
    """Put a `values_list` query into words.

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


def prepared_update(
    model: type[Row], where: Callable[[type[Row]], Q], changes: Mapping[str, Any]
) -> Prepared:
    """An update of the rows of MODEL that WHERE is about, which is always the same: put into words
    once for the engine in use and for columns that are changed alike.

    Values of CHANGES are filled in; expressions are part of the words.
    """
    shape = tuple(
        (name, value if _is_expression(value) else None) for name, value in changes.items()
    )
    values = {name: value for name, value in changes.items() if not _is_expression(value)}
    return _prepared_update(connection.vendor, model, where, shape).filled(values)


@lru_cache(maxsize=256)
def _prepared_update(
    _engine: str,
    model: type[Row],
    where: Callable[[type[Row]], Q],
    shape: tuple[tuple[str, Any], ...],
) -> Prepared:
    query: Any = model._default_manager.filter(where(model)).query.chain(UpdateQuery)
    query.add_update_values({name: value or slot(model, name) for name, value in shape})
    text, parameters = query.get_compiler(connection=connection).as_sql()
    return Prepared(text, tuple(parameters))


def _is_expression(value: Any) -> bool:
    return hasattr(value, "resolve_expression")


def _width(query: QuerySet[Any, Any]) -> int:
    return len(query.query.values_select) + len(query.query.annotation_select)
