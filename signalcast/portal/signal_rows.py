"""The rows of lists of signals, each rendered once for all who read its language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.template import Context, Engine
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from signalcast.signals.models import Revision, Signal

#: Rows that a process keeps, of about a kilobyte each.
KEPT = 4_000


class _Row(NamedTuple):
    """All that a row tells and that can change: a revision never does."""

    language: str | None
    signal: UUID
    revision: int
    state: str
    feed: str


_kept: dict[_Row, SafeString] = {}


def signal_rows(signals: Sequence[Signal], *, kept: int = KEPT) -> list[SafeString]:
    """The row of each signal with its newest revision. The process keeps at most KEPT of them.

    Two statements for those that nobody has looked at before, none where there are none.
    """
    language = get_language()
    rows = {_Row(language, one.pk, one.revision, one.state, one.feed.name): one for one in signals}
    found = {row: _kept.get(row) for row in rows}
    new = [rows[row] for row, text in found.items() if text is None]
    said = _revisions(new) if new else {}
    return [
        text or _render(row, rows[row], said.get((row.signal, row.revision)), kept)
        for row, text in found.items()
    ]


def _revisions(signals: Iterable[Signal]) -> dict[tuple[UUID, int], Revision]:
    revisions = Revision.objects.filter(signal__in=signals).prefetch_related("targets")
    return {(one.signal_id, one.number): one for one in revisions}


def _render(row: _Row, signal: Signal, revision: Revision | None, kept: int) -> SafeString:
    template = Engine.get_default().get_template("portal/_signal_row.html")
    text = template.render(Context({"signal": signal, "revision": revision}))
    if len(_kept) >= kept:
        _kept.clear()
    _kept[row] = text
    return text
