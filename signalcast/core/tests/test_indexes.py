"""Indexes are made and removed while their table is in use, also where a try was cut off."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from signalcast.core.indexes import AddIndexInUse, RemoveIndexInUse

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NAME = "tests_in_use"
TABLE = "delivery_delivery"


OPERATIONS = {
    "add": AddIndexInUse("delivery", models.Index(fields=["created_at"], name=NAME)),
    "remove": RemoveIndexInUse("delivery", NAME),
}


def migrate(*names: str) -> list[str]:
    """Carry operations out as migrations would. Returns the statements that took."""
    state = ProjectState.from_apps(apps)
    with CaptureQueriesContext(connection) as queries:
        for name in names:
            before = state.clone()
            OPERATIONS[name].state_forwards("delivery", state)
            with connection.schema_editor(atomic=False) as editor:
                OPERATIONS[name].database_forwards("delivery", editor, before, state)
    return [one["sql"] for one in queries.captured_queries]


def columns() -> list[str] | None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE)
    return found[NAME]["columns"] if NAME in found else None


def test_an_index_comes_and_goes_and_postgresql_lets_others_write_meanwhile() -> None:
    asked = [one for one in migrate("add") if one.startswith("CREATE INDEX")]
    assert columns() == ["created_at"]

    asked += [one for one in migrate("add", "remove") if one.startswith("DROP INDEX")]
    assert columns() is None

    # The second time, what the first one left went before.
    assert [one.split()[0] for one in asked] == ["CREATE", "DROP", "DROP"]
    for one in asked:
        assert ("CONCURRENTLY" in one) == (connection.vendor == "postgresql")


def test_what_is_gone_already_needs_no_removing() -> None:
    migrate("add", "remove")
    state = ProjectState.from_apps(apps)
    OPERATIONS["add"].state_forwards("delivery", state)
    after = state.clone()
    OPERATIONS["remove"].state_forwards("delivery", after)

    with connection.schema_editor(atomic=False) as editor:
        OPERATIONS["remove"].database_forwards("delivery", editor, state, after)

    assert columns() is None
