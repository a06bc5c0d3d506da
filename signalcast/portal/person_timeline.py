"""Everything that is known of one person, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from signalcast.accounts.models import User
from signalcast.portal.person_facts import Reel, Told, reels
from signalcast.portal.person_troubles import trouble_days

SIZE = 50
#: Characters of a cursor that are looked at.
LONGEST = 120
TROUBLE = "delivery"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the page."""

    kind: str
    at: datetime
    told: Told
    #: Its place among those of the same moment, and its key: what the next page starts after.
    rank: int
    key: str

    @property
    def cursor(self) -> str:
        """Where the page after this line begins."""
        return f"{self.at.isoformat()}~{self.rank}~{self.key}"


class Page(NamedTuple):
    """Some lines, and where the next ones begin ("" at the end)."""

    lines: list[Shown]
    after: str


class _Cursor(NamedTuple):
    at: datetime
    rank: int
    key: str


def person_timeline(user: User, *, kind: str = "", after: str = "", size: int = SIZE) -> Page:
    """The lines of one KIND or of all, after those that were seen.

    One statement for each kind of row there may be, however many rows there are. An AFTER that
    is no cursor finds nothing.
    """
    cursor = _read(after) if after else None
    if after and cursor is None:
        return Page([], "")
    found: list[Sequence[Shown]] = []
    chosen = [(rank, reel) for rank, reel in enumerate(reels(user)) if kind in ("", reel.kind)]
    found += [_lines(reel, rank, cursor, size + 1) for rank, reel in chosen]
    if kind in ("", TROUBLE):
        found.append(list(islice(_troubles(user, len(reels(user)), cursor, size + 1), size + 1)))
    lines = list(islice(merge(*found, key=_order), size + 1))
    return Page(lines[:size], lines[size - 1].cursor if len(lines) > size else "")


def _order(line: Shown) -> tuple[float, int]:
    return (-line.at.timestamp(), line.rank)


def _lines(reel: Reel, rank: int, cursor: _Cursor | None, most: int) -> list[Shown]:
    rows: QuerySet[Any] = reel.rows
    if cursor is not None:
        try:
            rows = _past(rows, reel.at, rank, cursor)
        except (ValidationError, ValueError):
            return []
    return [
        Shown(reel.kind, getattr(row, reel.at), reel.tell(row), rank, str(row.pk))
        for row in rows.order_by(f"-{reel.at}", "-pk")[:most]
    ]


def _past(rows: QuerySet[Any], field: str, rank: int, cursor: _Cursor) -> QuerySet[Any]:
    """The rows whose lines come after a cursor."""
    before = Q(**{f"{field}__lte": cursor.at - timedelta.resolution})
    if rank < cursor.rank:
        return rows.filter(before)
    rows = rows.filter(**{f"{field}__lte": cursor.at})
    if rank > cursor.rank:
        return rows
    key = rows.model._meta.pk.to_python(cursor.key)
    return rows.filter(before | Q(pk__lt=key))


def _troubles(user: User, rank: int, cursor: _Cursor | None, most: int) -> Iterator[Shown]:
    until = cursor.at if cursor else None
    seen = cursor.key if cursor and cursor.rank == rank else ""
    for day, at, told in trouble_days(user, until=until, most=most + 1):
        if f"{day}" != seen:
            yield Shown(TROUBLE, at, told, rank, f"{day}")


def _read(text: str) -> _Cursor | None:
    moment, _sign, rest = text[:LONGEST].partition("~")
    rank, _sign, key = rest.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return _Cursor(at, int(rank), key) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
