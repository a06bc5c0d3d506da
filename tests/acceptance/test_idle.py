"""Promise 2: an idle minute costs at most 300 statements, on a whole installation."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.acceptance.database import PostgreSQL
from tests.acceptance.installation import USUAL, installation
from tests.acceptance.plan import document
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Seconds of idling that are counted, and left to settle first.
COUNTED = 60
SETTLED = 10
MOST = 300


def test_an_idle_minute_costs_few_statements(directory: Path, targets: Receivers) -> None:
    database = PostgreSQL(directory)
    try:
        # With its manager: the senders of a machine look in turn, as it numbers them.
        with installation(directory, database, **USUAL) as made:
            made.prepare(document(targets, ["alice"]))
            made.start("up")
            made.wait_ready()
            log = directory / "pg" / "log"
            made.query(
                "[__import__('django.db').db.connection.cursor().execute(one) for one in "
                "(\"ALTER SYSTEM SET log_statement = 'all'\", 'SELECT pg_reload_conf()')] and 1"
            )
            idle = threading.Event()
            idle.wait(SETTLED)
            before = log.read_text(errors="replace").count("LOG:  ")
            idle.wait(COUNTED)
            statements = log.read_text(errors="replace").count("LOG:  ") - before

            # The senders alone look once a second.
            assert COUNTED / 2 < statements <= MOST
    finally:
        database.close()
