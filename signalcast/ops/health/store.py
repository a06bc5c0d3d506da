"""Keep what checks found: the last word of each, and now and then a note for the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from signalcast.core import clock, events
from signalcast.ops.health.models import CheckNote, CheckState
from signalcast.ops.health.run_checks import Ran

#: Between two notes of a check whose state stays.
NOTED_EVERY = timedelta(minutes=5)
LAST_WORD = (
    *("state", "words", "figure", "unit", "parts"),
    *("since", "checked_at", "duration", "noted_at"),
)


def store(rows: list[CheckState], found: Mapping[str, Ran]) -> None:
    """Write what was FOUND, by name, into the ROWS of the checks that ran."""
    now = clock.now()
    notes = []
    for row in rows:
        ran = found[row.name]
        finding = ran.finding
        changed = row.checked_at is None or row.state != finding.state
        if changed:
            row.since = now
            _tell(row, finding.state)
        if changed or row.noted_at is None or now - row.noted_at >= NOTED_EVERY:
            row.noted_at = now
            notes.append(
                CheckNote(check_state=row, at=now, state=finding.state, figure=finding.figure)
            )
        row.state, row.words = finding.state, finding.words
        row.figure, row.unit, row.parts = finding.figure, finding.unit, dict(finding.parts)
        row.checked_at, row.duration = now, ran.duration
    if not rows:
        return
    with transaction.atomic():
        CheckState.objects.bulk_update(rows, LAST_WORD)
        CheckNote.objects.bulk_create(notes)


def _tell(row: CheckState, state: str) -> None:
    tell = events.emit if state in ("ok", "skipped") else events.warn
    tell("check.changed", check=row.name, host=row.host, was=row.state, now=str(state))
