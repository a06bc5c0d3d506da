"""The ledger: every entry once, nothing changed afterwards, always zero in sum."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from signalcast.core.write_once import WriteOnce, WrittenOnce, guard
from signalcast.payments.books import REVENUE, TAX, balance, balances, money_at
from signalcast.payments.models import Entry, Posting
from signalcast.payments.post_entry import Line, NotPosted, post_entry
from tests.engines import let_delete

BANK = money_at("manual")
PAID = [Line(BANK, REVENUE, 2437, "EUR"), Line(BANK, TAX, 463, "EUR")]

accounts = st.sampled_from([BANK, REVENUE, TAX, "disputed"])
lines = st.builds(
    Line, accounts, accounts, st.integers(1, 10**15), st.sampled_from(["EUR", "USD", "JPY"])
).filter(lambda line: line.debit != line.credit)


@pytest.mark.storage
@pytest.mark.django_db
def test_what_an_account_holds_follows_from_what_was_posted() -> None:
    post_entry("paid:1", "A charge was paid.", PAID)
    post_entry("refunded:1", "Half of it went back.", [Line(REVENUE, BANK, 1000, "EUR")])

    assert balance(BANK, "EUR") == 1900
    assert balances() == {(BANK, "EUR"): 1900, (REVENUE, "EUR"): -1437, (TAX, "EUR"): -463}


@pytest.mark.storage
@pytest.mark.django_db
def test_the_same_key_is_in_the_books_once() -> None:
    first = post_entry("paid:1", "A charge was paid.", PAID)

    assert post_entry("paid:1", "A charge was paid.", list(reversed(PAID))) == first
    assert Posting.objects.count() == 2
    with pytest.raises(NotPosted, match="another entry paid:1"):
        post_entry("paid:1", "A charge was paid.", PAID[:1])


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_an_entry_that_many_post_at_once_is_there_once() -> None:
    def post() -> None:
        try:
            post_entry("paid:1", "A charge was paid.", PAID)
        finally:
            connection.close()

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Entry.objects.count() == 1
    assert balance(BANK, "EUR") == 2900


@pytest.mark.django_db
@given(st.lists(st.lists(lines, min_size=1, max_size=4), max_size=6))
def test_whatever_is_posted_sums_to_zero_in_every_currency(entries: list[list[Line]]) -> None:
    with transaction.atomic():
        for number, entry in enumerate(entries):
            post_entry(f"entry:{number}", "Something happened.", entry)
        sums: Counter[str] = Counter()
        for (_account, currency), amount in balances().items():
            sums[currency] += amount
        transaction.set_rollback(True)

    assert not any(sums.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "moves nothing"),
        ([Line(BANK, REVENUE, 0, "EUR")], "moves nothing"),
        ([Line(BANK, REVENUE, -5, "EUR")], "Turn its accounts around"),
        ([Line(BANK, BANK, 5, "EUR")], "from 'gateway:manual' to 'gateway:manual'"),
        ([Line(BANK, "", 5, "EUR")], "from '' to"),
        ([Line(BANK, REVENUE, 5, "XYZ")], "no currency"),
    ],
)
def test_what_moves_no_money_is_told(wrong: list[Line], told: str) -> None:
    with pytest.raises(NotPosted, match=told):
        post_entry("paid:1", "A charge was paid.", wrong)
    assert not Entry.objects.exists()


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"amount": 0}, {"debit": REVENUE}])
def test_the_database_itself_refuses_a_line_that_moves_nothing(fields: dict[str, object]) -> None:
    entry = post_entry("paid:1", "A charge was paid.", PAID)
    line = {"debit": BANK, "credit": REVENUE, "amount": 5, "currency": "EUR", **fields}

    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(entry=entry, **line)


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.parametrize("model", [Entry, Posting])
def test_nothing_that_is_posted_is_changed_or_deleted(model: type[WriteOnce]) -> None:
    post_entry("paid:1", "A charge was paid.", PAID)
    row = model.objects.first()
    assert row
    other: dict[str, Any] = {"pk": 7}

    attempts = (
        row.save,
        row.delete,
        model.objects.all().delete,
        lambda: model.objects.update(**other),
        lambda: model.objects.bulk_update([row], [model._meta.fields[-1].name]),
        lambda: model._base_manager.filter(pk=row.pk).update(**other),
    )
    for attempt in attempts:
        with pytest.raises(WrittenOnce, match="Write another one"), transaction.atomic():
            attempt()
    assert balance(BANK, "EUR") == 2900


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["UPDATE {} SET id = 7", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["payments_entry", "payments_posting"])
def test_the_database_itself_refuses_to_change_what_is_posted(act: str, table: str) -> None:
    post_entry("paid:1", "A charge was paid.", PAID)
    begin, end = guard(table)

    with connection.schema_editor() as editor:
        end(apps, editor)  # tests go without half of it, since tables are emptied after them
        begin(apps, editor)
    try:
        with (
            pytest.raises(DatabaseError, match="never changed or deleted"),
            connection.cursor() as cursor,
        ):
            cursor.execute(act.format(table))
    finally:
        let_delete(table)
    assert balance(BANK, "EUR") == 2900
