"""Django's SQLite, with writers that take turns. Named by `ENGINE` in the settings."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from signalcast.core.home import make_private
from signalcast.core.sqlite.turn import Turn


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions and single writing statements wait for their turn."""

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
        return super().get_new_connection(conn_params)

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
