"""Rows that are written once: nothing changes or deletes them, neither here nor in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from django.db import OperationalError, models

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

Row = TypeVar("Row", bound=models.Model)
Operation = Callable[["Apps", "BaseDatabaseSchemaEditor"], None]

#: MySQL's own refusals to make a trigger: the binary log is on, or the account may not.
MAY_NOT = (1419, 1142, 1227)


class WrittenOnce(Exception):
    """Somebody tried to change or delete what is written once."""


class WriteOnceQuerySet(models.QuerySet[Row]):
    """Rows to read and to add to. `save()` of a row that is stored ends in `_update` here too."""

    def _update(self, values: Any) -> NoReturn:
        raise WrittenOnce(refusal(self.model._meta.db_table))

    def update(self, **_values: Any) -> NoReturn:
        """Raises WrittenOnce."""
        raise WrittenOnce(refusal(self.model._meta.db_table))

    def delete(self) -> NoReturn:
        """Raises WrittenOnce."""
        raise WrittenOnce(refusal(self.model._meta.db_table))


class WriteOnce(models.Model):
    """A model whose rows stay as they were written. Its migration calls `guard`, too."""

    objects = WriteOnceQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        """Raises WrittenOnce."""
        raise WrittenOnce(refusal(self._meta.db_table))


def refusal(table: str) -> str:
    """What whoever tries is told."""
    return f"Rows of {table} are never changed or deleted. Write another one that sets it right."


def guard(*tables: str) -> tuple[Operation, Operation]:
    """Two functions for RunPython: have the database refuse changes of TABLES, and no longer.

    MySQL lets nobody but its administrator make triggers while its binary log is on; there the
    refusal is the program's alone.
    """

    def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for statement in statements(schema_editor.connection.vendor, table):
                _execute(schema_editor, statement)

    def end(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            for act in ("UPDATE", "DELETE"):
                on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
                _execute(schema_editor, f"DROP TRIGGER IF EXISTS {trigger(table, act)}{on}")

    return begin, end


def trigger(table: str, act: str) -> str:
    """The name of the trigger that refuses an ACT (UPDATE, DELETE)."""
    return f"{table}_no_{act.lower()}"


def statements(vendor: str, table: str) -> list[str]:
    """What makes a database refuse, one statement after another."""
    words, found = refusal(table), []
    body = {
        "sqlite": f"BEGIN SELECT RAISE(ABORT, '{words}'); END",
        "postgresql": f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        "mysql": f"FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{words}'",
    }[vendor]
    if vendor == "postgresql":
        found.append(
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = 'restrict_violation'; END $$"
        )
    found += [
        f"CREATE TRIGGER {trigger(table, act)} BEFORE {act} ON {table} {body}"
        for act in ("UPDATE", "DELETE")
    ]
    return found


def _execute(editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    try:
        # Not by the editor, which lets nothing through in a transaction that MySQL can't take back.
        with editor.connection.cursor() as cursor:
            cursor.execute(statement)
    except OperationalError as error:
        if editor.connection.vendor != "mysql" or error.args[0] not in MAY_NOT:
            raise
