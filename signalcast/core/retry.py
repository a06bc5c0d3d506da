"""Statements that lost a race with another transaction are tried again."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

Result = TypeVar("Result")

TRIES = 5
#: Deadlock and serialization failure on PostgreSQL; deadlock and lock time-out on MariaDB.
SQLSTATES = {"40P01", "40001", "55P03"}
MYSQL_CODES = {1205, 1213}


def retried(act: Callable[[], Result]) -> Result:
    """Call ACT, which runs one transaction, again when the database gave another one the way.

    Within a transaction it is called once: that one was broken off, and is whoever's began it.
    """
    if connection.in_atomic_block:
        return act()
    pause = threading.Event()
    for left in reversed(range(TRIES)):
        try:
            return act()
        except OperationalError as error:
            if not left or not _lost_a_race(error):
                raise
            pause.wait(random.uniform(0.005, 0.05))  # noqa: S311 - spreads, hides nothing
    raise AssertionError("unreachable")


def _lost_a_race(error: OperationalError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    code = error.args[0] if error.args else None
    return state in SQLSTATES or code in MYSQL_CODES or "database is locked" in str(error)
