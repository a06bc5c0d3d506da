"""The one place where money moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from signalcast.core import events
from signalcast.core.money import PLACES
from signalcast.payments.models import Entry, Posting


class Line(NamedTuple):
    """One posting to be: AMOUNT minor units of CURRENCY go from CREDIT to DEBIT."""

    debit: str
    credit: str
    amount: int
    currency: str


class NotPosted(ValueError):
    """An entry that the books can't take; the text says why."""


def post_entry(key: str, words: str, lines: Sequence[Line]) -> Entry:
    """Put what happened into the books, once: the entry of KEY that is there is the answer.

    Lines of nothing are left out. Raises NotPosted for lines that move no money from one account
    to another, and where KEY stands for other lines already.
    """
    wanted = [line for line in lines if line.amount]
    _check(key, wanted)
    with transaction.atomic():
        entry, new = Entry.objects.get_or_create(key=key, defaults={"words": words})
        if new:
            Posting.objects.bulk_create(Posting(entry=entry, **line._asdict()) for line in wanted)
            transaction.on_commit(lambda: events.emit("ledger.posted", key=key, words=words))
        elif sorted(wanted) != sorted(_lines(entry)):
            raise NotPosted(f"The books hold another entry {key}. Post it by another key.")
    return entry


def _check(key: str, lines: Sequence[Line]) -> None:
    if not lines:
        raise NotPosted(f"The entry {key} moves nothing.")
    for line in lines:
        if line.amount < 0:
            raise NotPosted(f"The entry {key} moves {line.amount}. Turn its accounts around.")
        if line.debit == line.credit or not (line.debit and line.credit):
            raise NotPosted(f"The entry {key} moves money from {line.credit!r} to {line.debit!r}.")
        if line.currency not in PLACES:
            raise NotPosted(f"The entry {key} is in {line.currency!r}, which is no currency.")


def _lines(entry: Entry) -> list[Line]:
    found = entry.postings.values_list("debit", "credit", "amount", "currency")
    return [Line(*row) for row in found]
