"""One INSERT for many rows, in the form that is fastest on each engine.

Below the ORM on purpose: making model objects costs more than the database needs to store them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.db.models import BinaryField, Field, Model, UUIDField
from msgspec.json import encode

Rows = Sequence[Sequence[Any]]

#: Rows of one statement where values are listed: any number up to the step, multiples of it up to
#: the largest. One statement does for most batches, and there are few enough to be prepared once
#: each. Between two statements Python's lock is fought for.
LARGEST_LIST = 256
STEP = 64


class BulkInsert:
    """Inserts rows into a model's table, all or none of them.

    `constants` are columns with one SQL expression for all rows, such as the database's now.
    With `unless_exists`, rows that a uniqueness forbids are left out instead of failing.
    """

    def __init__(
        self,
        model: type[Model],
        fields: Sequence[str],
        *,
        constants: Mapping[str, Callable[[], str]],
        unless_exists: bool = False,
    ) -> None:
        self.model = model
        self.fields = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in fields]
        self.constants = constants
        self.unless_exists = unless_exists
        self._texts: dict[tuple[str, int], str] = {}

    def __call__(self, rows: Rows) -> int:
        """Insert, and return how many rows were. Each row has the fields' values in their order.

        Raises django.db.Error, and then nothing of this call may be kept.
        """
        if not rows:
            return 0
        connection.ensure_connection()
        with connection.wrap_database_errors:
            if connection.vendor == "postgresql":
                return self._read_json(rows)
            return self._list(rows)

    def _read_json(self, rows: Rows) -> int:
        """PostgreSQL: all rows as one JSON text, which the server takes apart. The statement is the
        same for any number, and drivers take ten times as long over lists of values."""
        from psycopg import Cursor

        with Cursor(connection.connection) as cursor:
            cursor.execute(self._text(0), (encode(rows).decode(),))
            return cursor.rowcount

    def _list(self, rows: Rows) -> int:
        """Lists of values. One step of the engine each: between steps Python's lock is fought for,
        which makes `executemany` ten times slower beside a busy thread."""
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, field in enumerate(self.fields):
            if isinstance(field, UUIDField):
                columns[at] = map(_uuid_text(), columns[at])
        ready = list(zip(*columns, strict=True))
        cursor = connection.connection.cursor()
        done = at = 0
        while at < len(ready):
            left = len(ready) - at
            count = min(LARGEST_LIST, left - left % STEP or left)
            cursor.execute(self._text(count), list(chain.from_iterable(ready[at : at + count])))
            done += cursor.rowcount
            at += count
        return done

    def _text(self, count: int) -> str:
        key = connection.vendor, count
        if key not in self._texts:
            self._texts[key] = self._write(count)
        return self._texts[key]

    def _write(self, count: int) -> str:
        quote = connection.ops.quote_name
        names = ", ".join(
            [*(quote(str(f.column)) for f in self.fields), *map(quote, self.constants)]
        )
        constants = [make() for make in self.constants.values()]
        ignore = " IGNORE" if self.unless_exists and connection.vendor == "mysql" else ""
        head = f"INSERT{ignore} INTO {quote(self.model._meta.db_table)} ({names}) "
        tail = " ON CONFLICT DO NOTHING" if self.unless_exists and not ignore else ""
        if connection.vendor == "postgresql":
            columns = ", ".join(
                [*map(_from_json, range(len(self.fields)), self.fields), *constants]
            )
            return f"{head}SELECT {columns} FROM json_array_elements(%s) AS u{tail}"  # noqa: S608
        mark = "?" if connection.vendor == "sqlite" else "%s"
        if mark == "%s":
            constants = [text.replace("%", "%%") for text in constants]
        row = f"({', '.join([*([mark] * len(self.fields)), *constants])})"
        return f"{head}VALUES {', '.join([row] * count)}{tail}"


def _from_json(at: int, field: Field[Any, Any]) -> str:
    """A column of a row that is a JSON array."""
    if isinstance(field, BinaryField):
        return f"decode(u->>{at}, 'base64')"
    # Without its length: a cast to varchar(n) would cut a text that is too long, silently.
    return f"(u->>{at})::{str(field.db_type(connection)).partition('(')[0]}"


@lru_cache(maxsize=8)
def _uuid_form(native: bool) -> Callable[[UUID], str]:
    return str if native else lambda value: value.hex


def _uuid_text() -> Callable[[UUID], str]:
    return _uuid_form(connection.features.has_native_uuid_field)
