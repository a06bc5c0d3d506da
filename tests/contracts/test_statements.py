"""How many SQL statements the main pages take, whoever looks and however much there is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import subscribe
from signalcast.portal.tests.cast import NEW, Cast, make_cast, text

pytestmark = pytest.mark.django_db(transaction=True)

#: What a subscriber opens, and what the owner does. A number that grows wants a reason.
SUBSCRIBER = {
    "/app/": 10,
    "/app/signals/": 5,
    "/app/signals/{signal}/": 9,
    "/app/deliveries/": 6,
    "/app/destinations/": 6,
    "/app/subscription/": 7,
    "/app/payments/": 7,
    "/app/account/": 3,
    "/plans/": 7,
}
OWNER = {
    "/app/signals/": 8,
    "/app/review/": 7,
    "/app/deliveries/": 9,
    "/app/sources/": 9,
    "/app/plans/": 9,
    "/app/subscribers/": 8,
    "/app/approvals/": 7,
    "/app/ledger/": 9,
}
#: Lists of signals, and what rows cost that nobody has looked at before.
LISTS = ("/app/", "/app/signals/")
FOR_NEW_ROWS = 2


def statements(client: Client, cast: Cast, paths: dict[str, int]) -> dict[str, int]:
    """How many statements each page takes."""
    taken = {}
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            text(client, path.format(signal=cast.signal.pk))
        taken[path] = len(queries)
    return taken


def add_more(cast: Cast) -> None:
    """More of everything that pages list."""
    for number in range(12):
        subscribe(cast.world.plan, f"more-{number}")
        cast.world.receive(NEW | {"id": f"more-{number}"})
    publish()


@pytest.mark.parametrize(("who", "pinned"), [("alice", SUBSCRIBER), ("olga", OWNER)])
def test_the_main_pages_take_as_many_statements_as_are_pinned(
    who: str, pinned: dict[str, int]
) -> None:
    cast = make_cast()
    client = getattr(cast, who)
    statements(client, cast, pinned)  # fills what is kept for seconds
    assert statements(client, cast, pinned) == pinned

    add_more(cast)
    first = {path: pinned[path] + FOR_NEW_ROWS for path in LISTS if path in pinned}
    assert statements(client, cast, pinned) == pinned | first
    assert statements(client, cast, pinned) == pinned
