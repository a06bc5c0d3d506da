"""Time. Due times and leases are the database's: no host's clock can be wrong about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

#: The database's own "now", per engine, for the few statements that are not built by the ORM.
SQL_NOW = {
    "sqlite": "STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')",
    "postgresql": "STATEMENT_TIMESTAMP()",
    "mysql": "CURRENT_TIMESTAMP(6)",
}


def now() -> datetime:
    """This host's time, aware, in UTC. For what is shown, never for what is due."""
    return timezone.now()


def from_now(seconds: float) -> Combinable:
    """A database expression: so many seconds after the database's now."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def sql_now() -> str:
    """The SQL text of the database's now, for the engine in use."""
    return SQL_NOW[connection.vendor]


def sql_from_now(seconds: int) -> str:
    """The SQL text of so many seconds after the database's now, for the engine in use."""
    if connection.vendor == "sqlite":
        return SQL_NOW["sqlite"].replace("'NOW'", f"'NOW', '+{seconds} seconds'")
    quoted = f"'{seconds} seconds'" if connection.vendor == "postgresql" else f"{seconds} SECOND"
    return f"{SQL_NOW[connection.vendor]} + INTERVAL {quoted}"
