"""Whether this process can work: the database answers and has the tables that the code needs."""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor

_complete = False


def readiness() -> None:
    """Returns when ready. Raises django.db.Error, or Behind when migrations are missing."""
    global _complete
    if _complete:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Behind(f"{len(missing)} migrations are missing in {DEFAULT_DB_ALIAS}")
    # The code of a process does not change, and migrations are not undone below it.
    _complete = True


class Behind(Exception):
    """The database lacks migrations that this code comes with."""
