"""Posts as senders need them: read once, kept while they are in use."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from signalcast.channels.base import Content, WordingTexts
from signalcast.channels.models import Wording
from signalcast.delivery.models import Post
from signalcast.delivery.segment import Segment, read_segment
from signalcast.pipeline import WAIT_BUDGET, Queue

#: Posts kept by one process.
KEPT = 256

NEW, UPDATE = "signal.published", "signal.updated"
TEST = "test.published"
#: What is pointless after its `valid_until`: whoever is in a signal has to hear the rest.
EXPIRING = (NEW, TEST)
FINAL = ("signal.closed", "signal.cancelled")


@dataclass(slots=True)
class Posted:
    """A post. It never changes once it is there."""

    content: Content
    created_at: datetime
    valid_until: datetime | None
    #: How long the signal itself is worth entering; later, only those who have it are told more.
    signal_valid_until: datetime | None
    #: When the request came that brought it, where it is about a signal.
    asked_at: datetime | None
    #: Whom it is for, where that is no feed's readers.
    segment: Segment | None = None
    _late: tuple[int, Content] | None = None

    def content_at(self, moment: datetime) -> Content:
        """The content; that of a late close says how late it is."""
        late = (moment - self.created_at).total_seconds()
        if self.content.type not in FINAL or late <= WAIT_BUDGET[Queue.HIGH]:
            return self.content
        seconds = int(late)
        if self._late is None or self._late[0] != seconds:
            data = {**self.content.data, "late_seconds": seconds}
            self._late = (
                seconds,
                Content(self.content.type, self.content.timestamp, data, self.content.wordings),
            )
        return self._late[1]


class Posts:
    """A cache of the posts that were last in use."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Posted] = OrderedDict()

    def get(self, ids: Iterable[int]) -> dict[int, Posted]:
        """The posts with these ids. Two statements, if any of them is not kept."""
        wanted = set(ids)
        missing = wanted - self._kept.keys()
        if missing:
            rows = Post.objects.filter(pk__in=missing).annotate(
                received_at=F("revision__receipt__received_at")
            )
            wordings = _wordings()
            for row in rows.only("type", "data", "segment", "created_at", "valid_until"):
                self._kept[row.pk] = _posted(row, row.received_at, wordings.get(row.type, {}))
        found = {}
        for pk in wanted & self._kept.keys():
            self._kept.move_to_end(pk)
            found[pk] = self._kept[pk]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found


def _wordings() -> dict[str, dict[tuple[str, str], WordingTexts]]:
    """The owner's own words, by type."""
    found: dict[str, dict[tuple[str, str], WordingTexts]] = defaultdict(dict)
    rows = Wording.objects.values_list("type", "kind", "language", "subject", "body")
    for type_, kind, language, subject, body in rows:
        found[type_][kind, language] = WordingTexts(subject, body)
    return found


def _posted(
    row: Post, received_at: datetime | None, wordings: dict[tuple[str, str], WordingTexts]
) -> Posted:
    return Posted(
        content=Content(row.type, row.created_at.isoformat(), row.data, wordings),
        created_at=row.created_at,
        valid_until=row.valid_until,
        signal_valid_until=_valid_until(row.data),
        asked_at=(received_at or row.created_at) if row.type.startswith("signal.") else None,
        segment=None if row.segment is None else read_segment(row.segment),
    )


def _valid_until(data: dict[str, Any]) -> datetime | None:
    signal = data.get("signal")
    text = signal.get("valid_until") if isinstance(signal, dict) else None
    return datetime.fromisoformat(text) if text else None
