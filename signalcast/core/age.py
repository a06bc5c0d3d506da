"""How long ago something was, worked out by the database."""

from __future__ import annotations

from typing import Any

from django.db.models import FloatField, Func

#: Seconds since a moment, by the database's clock, per engine.
SQL_AGE = {
    "sqlite": "((julianday('now') - julianday(%(expressions)s)) * 86400.0)",
    "postgresql": "EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP() - %(expressions)s)::float8",
    "mysql": "(TIMESTAMPDIFF(MICROSECOND, %(expressions)s, CURRENT_TIMESTAMP(6)) * 1e-6)",
}


class Age(Func):
    """How many seconds ago a moment was, by the database's clock, to the millisecond."""

    arity = 1
    output_field = FloatField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """The text for the engine in use."""
        self.extra["template"] = SQL_AGE[connection.vendor]
        return super().as_sql(compiler, connection, *args, **context)
