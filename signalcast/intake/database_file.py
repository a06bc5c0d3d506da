"""Notices that the file of an embedded database was moved, replaced or deleted."""

from __future__ import annotations

import os

from django.db import OperationalError, connection


class DatabaseFile:
    """SQLite goes on writing to a file that has no name any more: what is committed is lost."""

    def __init__(self) -> None:
        self._opened: tuple[int, int] | None = None
        self._connection: object = None

    def check(self) -> None:
        """Raises OperationalError when the open file isn't the one that everybody else sees."""
        path = str(connection.settings_dict["NAME"])
        if connection.vendor != "sqlite" or ":memory:" in path or "mode=memory" in path:
            return
        try:
            found = os.stat(path)
        except OSError as error:
            raise OperationalError(f"{path} is gone") from error
        now = found.st_dev, found.st_ino
        connection.ensure_connection()
        if self._connection is not connection.connection:
            self._opened, self._connection = now, connection.connection
        elif self._opened != now:
            raise OperationalError(f"{path} was replaced")
