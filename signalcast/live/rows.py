"""The posts that live streams ask the database for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple

import msgspec
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from signalcast.delivery.models import Post
from signalcast.live.cursor import MOST_MISSING, Cursor

#: How long a listener may have been away, and how many posts it is told of afterwards.
KEPT = timedelta(hours=24)
MOST_REPLAYED = 10_000
#: Posts that one look brings, and one step of a replay.
MOST_AT_ONCE = 100
#: Sent to try one destination: nobody else is told.
TRIAL = "test.published"


class LivePost(NamedTuple):
    """A post as it is streamed."""

    id: int
    #: None for what goes to a segment of people and not by a feed: nobody hears it here.
    feed: int | None
    type: str
    body: bytes


class Missed(NamedTuple):
    """A question: what did somebody miss who heard these feeds, between two places?"""

    since: Cursor
    until: Cursor
    feeds: frozenset[int]
    #: Posts up to this number have been answered.
    after: int = 0


def newest() -> Cursor:
    """The place in the stream at this moment."""
    top = Post.objects.aggregate(top=Max("pk"))["top"] or 0
    there = set(Post.objects.filter(pk__gte=top - MOST_MISSING).values_list("pk", flat=True))
    return Cursor(top, frozenset(range(max(1, top - MOST_MISSING), top)) - there)


def posts_after(cursor: Cursor) -> list[LivePost]:
    """The next posts that were not visible at CURSOR, in their order."""
    return [_live(row) for row in _after(cursor).order_by("pk")[:MOST_AT_ONCE]]


def replay(questions: Collection[Missed]) -> dict[Missed, list[LivePost] | None]:
    """The next step of what each one missed; None when that is more, or older, than is kept."""
    return {missed: _step(missed) for missed in questions}


def _step(missed: Missed) -> list[LivePost] | None:
    between = _after(missed.since).filter(
        pk__gt=missed.after, pk__lte=missed.until.top, feed__in=missed.feeds
    )
    between = between.exclude(pk__in=missed.until.missing).exclude(type=TRIAL).order_by("pk")
    rows = list(between[:MOST_AT_ONCE])
    if rows and not missed.after:
        # Posts are made in about the order of their numbers: the first ones are the oldest.
        old = Post.objects.filter(pk__in=[row.pk for row in rows], created_at__lt=Now() - KEPT)
        if old.exists() or between[MOST_REPLAYED : MOST_REPLAYED + 1].exists():
            return None
    return [_live(row) for row in rows]


def _after(cursor: Cursor) -> QuerySet[Post]:
    posts = Post.objects.only("feed_id", "type", "data", "created_at")
    return posts.filter(Q(pk__gt=cursor.top) | Q(pk__in=cursor.missing))


def _live(row: Post) -> LivePost:
    content = {"type": row.type, "timestamp": row.created_at.isoformat(), "data": row.data}
    return LivePost(row.pk, row.feed_id, row.type, msgspec.json.encode(content))
