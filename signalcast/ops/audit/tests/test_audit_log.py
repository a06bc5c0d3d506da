"""The audit log: found by person, action and time, however long it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.audit import audit
from signalcast.accounts.models import AuditEntry
from signalcast.core.clock import from_now
from signalcast.ops.audit.find_entries import WrongCursor, find_entries
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

PAGE = "/ops/audit/"


def test_the_page_filters_by_person_action_and_time() -> None:
    olga = signed_in(staff("olga", "owner"))
    assert "Nothing was done yet" in text(olga, PAGE)
    audit("feeds.created", by="olga@example.org", target="<majors>", count=3, fields="name")
    audit("jobs.redriven", by="shell", target="state:parked")
    AuditEntry.objects.filter(by="shell").update(at=from_now(-7_200))

    page = text(olga, PAGE)
    assert "&lt;majors&gt;" in page
    assert "fields: name" in page
    assert page.index("feeds.created</strong>") < page.index("jobs.redriven</strong>")
    for query, there, gone in (
        ("by=Olga@example.org", "feeds.created</strong>", "jobs.redriven</strong>"),
        ("action=jobs.redriven", "jobs.redriven</strong>", "feeds.created</strong>"),
        ("since=1h", "feeds.created</strong>", "jobs.redriven</strong>"),
        ("until=1h", "jobs.redriven</strong>", "feeds.created</strong>"),
    ):
        page = text(olga, f"{PAGE}?{query}")
        assert there in page, query
        assert gone not in page, query
    assert "signalcast audit --by shell" in text(olga, f"{PAGE}?by=shell")
    assert "Nothing fits" in text(olga, f"{PAGE}?by=nobody")


def test_what_cannot_be_read_is_told() -> None:
    olga = signed_in(staff("olga", "owner"))
    audit("feeds.created", by="olga@example.org")
    for wrong in ("soon", "999999d", "0001-01-01", "9999-12-31T23:59-12:00"):
        assert "could not be read" in text(olga, f"{PAGE}?since={wrong}"), wrong
        with pytest.raises(CommandError, match="is no time"):
            call_command("audit", "--since", wrong)
    for wrong in ("x", "20261125T120000.0-", "20261125T120000.0-99999999999999999999", "-" * 99):
        assert text(olga, f"{PAGE}?after={wrong}")
        with pytest.raises(WrongCursor):
            find_entries(after=wrong)
    for query in ("by=%00", "action=%00%00", "by=%F0%9F%92%A9&action=%27%22"):
        assert "Nothing fits" in text(olga, f"{PAGE}?{query}x"), query
    for most in ("0", "10001"):
        with pytest.raises(CommandError, match="--limit"):
            call_command("audit", "--limit", most)


@pytest.mark.parametrize("jumped", [False, True])
def test_pages_have_every_entry_once_also_where_the_clock_was_set_back(jumped: bool) -> None:
    moment = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for number in range(23):
        audit("feeds.created", by="olga@example.org", target=str(number))
        # Some of the same moment, and the later half of an hour before.
        at = moment + timedelta(milliseconds=number // 4)
        AuditEntry.objects.filter(target=str(number)).update(
            at=at - timedelta(hours=1) if jumped and number > 11 else at
        )

    seen, after = [], ""
    while True:
        found = find_entries(after=after, most=5)
        seen += [entry.target for entry in found.entries]
        after = found.after
        if not after:
            break

    assert sorted(seen, key=int) == [str(number) for number in range(23)]


def test_entries_of_one_moment_of_the_database_are_not_told_twice() -> None:
    for number in range(7):
        audit("feeds.created", by="olga@example.org", target=str(number))
    AuditEntry.objects.update(at=from_now(0))

    first = find_entries(most=3)
    second = find_entries(most=10, after=first.after)

    told = [entry.target for entry in first.entries + second.entries]
    assert told == [str(number) for number in reversed(range(7))]


def test_the_command_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit")
    assert "Nothing fits." in capsys.readouterr().out
    for number in range(3):
        audit("feeds.created", by="olga@example.org", target=f"feed-{number}", count=number)

    call_command("audit", "--by", "olga@example.org", "--limit", "2", "--json")
    first = json.loads(capsys.readouterr().out)
    assert [entry["target"] for entry in first["entries"]] == ["feed-2", "feed-1"]
    call_command("audit", "--after", first["next"])
    said = capsys.readouterr().out
    assert "feed-0 (0)" in said
    assert "feed-1" not in said


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "audit_at"),
        ({"by": "shell"}, "audit_by"),
        ({"action": "feeds.created"}, "audit_action"),
    ],
)
def test_each_filter_is_served_in_order_by_an_index(filters: dict[str, str], index: str) -> None:
    for number in range(60):
        audit("feeds.created" if number % 2 else "x.y", by="shell" if number % 3 else "olga")
    after = find_entries(most=5, **filters).after  # type: ignore[arg-type]
    with CaptureQueriesContext(connection) as queries:
        find_entries(after=after, **filters)  # type: ignore[arg-type]
    with transaction.atomic():
        plan = explained(queries.captured_queries[-1]["sql"])
    assert index in plan
    assert "TEMP B-TREE" not in plan


def explained(sql: str) -> str:
    """How the database would find it, were there too much to read it all."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Of sixty rows it makes what it likes; where an index has the order it is taken.
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        cursor.execute(f"{how} {sql}")
        return " ".join(str(row) for row in cursor.fetchall())
