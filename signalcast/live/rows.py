"""What live streams ask the database for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.module_loading import import_string

from signalcast.accounts.models import STAFF_ROLES, RoleGrant, User
from signalcast.core.secrets import token_digest
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.live.cursor import Cursor
from signalcast.live.models import LiveToken
from signalcast.plans.entitlement import current_subscriptions

#: How long a listener may have been away, and how many posts it is told of afterwards.
KEPT = timedelta(hours=24)
MOST_REPLAYED = 10_000
#: Numbers below the newest that may still become visible when a process starts.
LOOKED_BACK = 50
#: Values of one statement.
BATCH = 500


class LivePost(NamedTuple):
    """A post as it is streamed."""

    id: int
    feed: int
    type: str
    body: bytes


class Listener(NamedTuple):
    """Who listens, and by what right: a session's key or a token's digest."""

    user: int
    session: str = ""
    digest: str = ""


def newest() -> Cursor:
    """The place in the stream at this moment."""
    top = Post.objects.aggregate(top=Max("pk"))["top"] or 0
    there = set(Post.objects.filter(pk__gt=top - LOOKED_BACK).values_list("pk", flat=True))
    return Cursor(top, frozenset(range(max(1, top - LOOKED_BACK + 1), top)) - there)


def posts_after(cursor: Cursor) -> list[LivePost]:
    """All posts that were not visible at CURSOR, in their order."""
    return [_live(row) for row in _after(cursor).order_by("pk")]


def replayed(cursor: Cursor, until: Cursor, feeds: Collection[int]) -> list[LivePost] | None:
    """Posts of FEEDS between two places. None when there are more, or older ones, than are kept."""
    between = _after(cursor).filter(pk__lte=until.top).exclude(pk__in=until.missing)
    between = between.exclude(type="test.published")
    if between.filter(created_at__lt=Now() - KEPT).exists():
        return None
    rows = list(between.filter(feed__in=feeds).order_by("pk")[: MOST_REPLAYED + 1])
    return [_live(row) for row in rows] if len(rows) <= MOST_REPLAYED else None


def _after(cursor: Cursor) -> QuerySet[Post]:
    return Post.objects.filter(Q(pk__gt=cursor.top) | Q(pk__in=cursor.missing))


def _live(row: Post) -> LivePost:
    content = {"type": row.type, "timestamp": row.created_at.isoformat(), "data": row.data}
    return LivePost(row.pk, row.feed_id, row.type, msgspec.json.encode(content))


def listener_of(session: str, token: str) -> Listener | None:
    """Who shows a session or a token; None when neither is good."""
    if token:
        digest = token_digest(token)
        rows = LiveToken.objects.filter(digest=digest, user__is_active=True)
        user = rows.values_list("user_id", flat=True).first()
        return Listener(user, digest=digest) if user else None
    request = HttpRequest()
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.session = store(session)
    found = get_user(request)
    return Listener(found.pk, session=session) if isinstance(found, User) else None


def allowed(listeners: Iterable[Listener]) -> dict[Listener, frozenset[int]]:
    """The feeds that each listener may hear now. Those whose right has ended are left out.

    A handful of statements for all of them.
    """
    listeners = list(listeners)
    valid = _valid(listeners)
    users = {listener.user for listener in valid}
    feeds: dict[int, set[int]] = defaultdict(set)
    staff = set(
        RoleGrant.objects.filter(role__in=STAFF_ROLES, user__is_active=True).values_list(
            "user_id", flat=True
        )
    )
    everything = set(Feed.objects.values_list("pk", flat=True)) if staff & users else set()
    for user in staff & users:
        feeds[user] = everything
    for several in _batches(users - staff):
        rows = current_subscriptions().filter(user_id__in=several, plan__channels__kind="live")
        for user, feed in rows.values_list("user_id", "plan__feeds"):
            if feed is not None:
                feeds[user].add(feed)
    return {one: frozenset(feeds[one.user]) for one in valid if one.user in feeds}


def _valid(listeners: list[Listener]) -> list[Listener]:
    """Those who are still signed in, or whose token is still the same."""
    sessions = {one.session for one in listeners if one.session}
    digests = {one.digest for one in listeners if one.digest}
    good: set[str] = set()
    for several in _batches(sessions):
        rows = Session.objects.filter(session_key__in=several, expire_date__gt=Now())
        good |= set(rows.values_list("session_key", flat=True))
    for several in _batches(digests):
        tokens = LiveToken.objects.filter(digest__in=several)
        good |= set(tokens.values_list("digest", flat=True))
    return [one for one in listeners if (one.session or one.digest) in good]


def _batches(values: Collection[Any]) -> Iterable[list[Any]]:
    ordered = list(values)
    return (ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH))
