"""Jobs as lists show them: without what may be large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from signalcast.core.clock import now
from signalcast.core.words import Words
from signalcast.pipeline import Queue
from signalcast.work.models import Job

#: Characters of an error that a list shows.
SHOWN = 200
COLUMNS = (
    "id", "name", "queue", "tags", "state", "due", "leased_until", "claimed_by", "tries",
    "parked_at", "created_at", "finished_at", "progress_done", "progress_total", "progress_words",
    "cancel_asked_at",
)  # fmt: skip
LABELS: dict[str, Words] = {
    "waiting": _("waiting"),
    "later": _("later"),
    "in-hand": _("in hand"),
    "parked": _("parked"),
    "failing": _("failing"),
    "done": _("done"),
    "cancelled": _("cancelled"),
    "discarded": _("discarded"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands: the word that queries use, and the word for people."""

    state: str
    label: Words


def standing(job: Job) -> Standing:
    """How JOB stands at the moment."""
    return Standing(state := _state(job.__dict__), LABELS[state])


def rows(ids: Sequence[int]) -> list[dict[str, Any]]:
    """The jobs with these ids in this order. One statement, neither arguments nor logs in it."""
    found = Job.objects.filter(pk__in=ids).annotate(
        error_begins=Left("error", SHOWN), reason_begins=Left("parked_reason", SHOWN)
    )
    by_id = {
        row["id"]: dict(row) for row in found.values(*COLUMNS, "error_begins", "reason_begins")
    }
    return [_told(by_id[pk]) for pk in ids if pk in by_id]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    state = _state(row)
    row["standing"] = Standing(state, LABELS[state])
    row["queue_label"] = Queue(row["queue"]).label
    row["why"] = row.pop("reason_begins") or row["error_begins"]
    row["error"] = row.pop("error_begins")
    return row


def _state(row: dict[str, Any]) -> str:
    if row["state"] != Job.State.WAITING:
        return str(row["state"])
    if row["leased_until"]:
        return "in-hand"
    if row["parked_at"]:
        return "parked"
    due: datetime | None = row["due"]
    if row["tries"]:
        return "failing"
    return "later" if due and due > now() else "waiting"


def document(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `rows` for programs."""
    names = (
        "due", "claimed_by", "tries", "parked_at", "created_at", "finished_at", "error",
        "progress_done", "progress_total", "progress_words",
    )  # fmt: skip
    return {
        "id": row["id"],
        "name": row["name"],
        "state": row["standing"].state,
        "queue": row["queue_label"],
        "tags": row["tags"].split(),
        "why": row["why"],
        **{name: row[name] for name in names},
    }
