"""Look into the audit log, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from signalcast.accounts.models import AuditEntry

#: Characters of a cursor: a moment and a key.
LONGEST = 60


class WrongCursor(ValueError):
    """A page was asked for by something that is no cursor of ours."""


@dataclass(frozen=True, slots=True)
class Found:
    """Some entries, newest first, and where the next ones begin ("" at the end)."""

    entries: list[AuditEntry]
    after: str


def find_entries(
    *,
    by: str = "",
    action: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    most: int = 50,
) -> Found:
    """Entries of one person, of one action, of a time: each by its index, however many there are.

    BY and ACTION are whole. AFTER is the cursor of the page before. Raises WrongCursor.
    """
    rows = AuditEntry.objects.all()
    if by:
        rows = rows.filter(by=by)
    if action:
        rows = rows.filter(action=action)
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lte=until)
    if after:
        rows = _past(rows, after)
    found = list(rows.order_by("-at", "-pk")[: most + 1])
    return Found(found[:most], _cursor(found[most - 1]) if len(found) > most else "")


def _cursor(entry: AuditEntry) -> str:
    return f"{entry.at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{entry.pk}"


def _past(rows: QuerySet[AuditEntry], cursor: str) -> QuerySet[AuditEntry]:
    text, _dash, key = cursor.partition("-")
    try:
        at = datetime.strptime(text, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        pk = int(key)
    except ValueError:
        raise WrongCursor(cursor) from None
    if len(cursor) > LONGEST or not 0 <= pk < 2**63:
        raise WrongCursor(cursor)
    # The first condition is for the index, the second one for entries of the same moment. SQLite
    # compares text and writes fewer digits, so that a moment equals none of Python's.
    return rows.filter(at__lte=at).filter(Q(at__lte=at - timedelta.resolution) | Q(pk__lt=pk))
