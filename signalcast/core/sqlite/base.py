"""Django's SQLite, with writers that take turns and moments that compare as text.

Named by `ENGINE` in the settings.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base, operations
from django.db.backends.sqlite3._functions import _sqlite_format_dtdelta  # type: ignore[import-untyped]

from signalcast.core.home import make_private
from signalcast.core.sqlite.moment import as_sqlite_writes_it
from signalcast.core.sqlite.turn import Turn


class DatabaseOperations(operations.DatabaseOperations):
    """Moments are written as SQLite's own now is."""

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """The text of a moment; anything else as it is."""
        adapted = super().adapt_datetimefield_value(value)
        return as_sqlite_writes_it(adapted) if isinstance(adapted, str) else adapted


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions and single writing statements wait for their turn."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._turn: Turn | None = None
        self.execute_wrappers.append(self._execute_in_turn)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file, and have a place among those who write to it."""
        name = str(self.settings_dict["NAME"])
        self._turn = None
        if not self.is_in_memory_db():
            # Before SQLite makes it with the umask's rights. What it keeps beside has the same.
            # Where it cannot be made SQLite says so in its own words.
            with suppress(OSError):
                make_private(Path(name))
            self._turn = Turn(f"{name}-turn")
        connection = super().get_new_connection(conn_params)
        connection.create_function("django_format_dtdelta", 3, _add, deterministic=True)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._give()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self._turn:
                self._turn.leave()

    def _execute_in_turn(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if self.in_atomic_block or not sql.startswith(("INSERT", "UPDATE", "DELETE")):
            return execute(sql, params, many, context)
        self._take()
        try:
            return execute(sql, params, many, context)
        finally:
            self._give()

    def _take(self) -> None:
        if self._turn:
            self._turn.take()

    def _give(self) -> None:
        if self._turn:
            self._turn.give()


def _add(connector: Any, left: Any, right: Any) -> Any:
    """What Django's function gives for moments and durations, moments as SQLite writes them."""
    result = _sqlite_format_dtdelta(connector, left, right)
    return as_sqlite_writes_it(result) if isinstance(result, str) else result
