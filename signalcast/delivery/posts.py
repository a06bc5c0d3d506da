"""Posts as senders need them: read once, kept while they are in use."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from signalcast.channels.base import Content, WordingTexts
from signalcast.channels.models import Wording
from signalcast.core.among import SOME, among
from signalcast.core.clock import read_moment
from signalcast.core.prepared import plain_rows, prepared
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
            wordings = _wordings()
            for values in prepared(_some).about(sorted(missing)).rows():
                row = _Row(*values)
                self._kept[row.id] = _posted(row, wordings.get(row.type, {}))
        found = {}
        for pk in wanted & self._kept.keys():
            self._kept.move_to_end(pk)
            found[pk] = self._kept[pk]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found


def posts_about(signals: Iterable[UUID | str | None]) -> dict[UUID | str, list[int]]:
    """The ids of the posts about each of some signals, which are given, and told, in the engine's
    own form. One statement."""
    found: dict[UUID | str, list[int]] = defaultdict(list)
    rows = Post.objects.filter(signal__in=list(signals)).values_list("pk", "signal_id")
    for pk, signal in plain_rows(rows):
        found[signal].append(pk)
    return found


class _Row(NamedTuple):
    """A post as one SELECT gives it: times and JSON in the engine's own form."""

    id: int
    type: str
    data: dict[str, Any] | str
    segment: dict[str, Any] | str | None
    created_at: datetime | str
    valid_until: datetime | str | None
    received_at: datetime | str | None


# Django puts a question into words each time, which takes longer than the answer for one post.
def _some() -> QuerySet[Any, Any]:
    return Post.objects.filter(among(Post, SOME)).values_list(
        "pk",
        "type",
        "data",
        "segment",
        "created_at",
        "valid_until",
        "revision__receipt__received_at",
    )


def _all_wordings() -> QuerySet[Any, Any]:
    return Wording.objects.values_list("type", "kind", "language", "subject", "body")


def _wordings() -> dict[str, dict[tuple[str, str], WordingTexts]]:
    """The owner's own words, by type."""
    found: dict[str, dict[tuple[str, str], WordingTexts]] = defaultdict(dict)
    for type_, kind, language, subject, body in prepared(_all_wordings).rows():
        found[type_][kind, language] = WordingTexts(subject, body)
    return found


def _posted(row: _Row, wordings: dict[tuple[str, str], WordingTexts]) -> Posted:
    data = _read_json(row.data)
    segment = None if row.segment is None else _read_json(row.segment)
    created_at = read_moment(row.created_at)
    about_a_signal = row.type.startswith("signal.")
    return Posted(
        content=Content(row.type, created_at.isoformat(), data, wordings),
        created_at=created_at,
        valid_until=None if row.valid_until is None else read_moment(row.valid_until),
        signal_valid_until=_valid_until(data),
        asked_at=read_moment(row.received_at or row.created_at) if about_a_signal else None,
        segment=None if segment is None else read_segment(segment),
    )


def _read_json(value: dict[str, Any] | str) -> dict[str, Any]:
    if isinstance(value, str):
        value = msgspec.json.decode(value, type=dict[str, Any])
    return value


def _valid_until(data: dict[str, Any]) -> datetime | None:
    signal = data.get("signal")
    text = signal.get("valid_until") if isinstance(signal, dict) else None
    return datetime.fromisoformat(text) if text else None
