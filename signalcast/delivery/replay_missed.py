"""Bring a destination what was posted while it was disabled.

Nothing is sent that would not be sent to anybody: each message goes the usual way, past the same
rules. So what is still worth something arrives, a close arrives where its signal did, and all else
is listed as missed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from signalcast.channels.models import Destination, DestinationMute
from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.posts import TEST
from signalcast.delivery.states import DeliveryState
from signalcast.feeds.models import Feed
from signalcast.pipeline import SEND, Queue
from signalcast.plans.entitlement import feeds_of

#: Messages that one replay brings, the newest.
MOST = 500
#: What was on its way when it was disabled, or made active, belongs to what it missed.
MARGIN = timedelta(seconds=60)


class Replayed(NamedTuple):
    """How many messages are on their way, and whether there were more than may be."""

    messages: int
    more: bool


def replay_missed(destination: Destination, most: int = MOST) -> Replayed:
    """Only the newest revision of each signal, of feeds that may be read now, MOST at a time.

    Safe to repeat: what was replayed is not missed any more, and a post has one delivery.
    """
    with transaction.atomic():
        found = Destination.objects.select_for_update().filter(
            pk=destination.pk,
            state=Destination.State.ACTIVE,
            missed_since__isnull=False,
            missed_until__isnull=False,
        )
        row = found.first()
        if row is None or row.missed_since is None or row.missed_until is None:
            return Replayed(0, False)
        wanted = feeds_of(row).exclude(
            pk__in=DestinationMute.objects.filter(destination=row).values("feed")
        )
        period = (row.missed_since - MARGIN, row.missed_until + MARGIN)
        given_up = list(_given_up(row, wanted, period)[: most + 1])
        never_made = list(_never_made(row, wanted, period)[: most + 1 - len(given_up)])
        more = len(given_up) + len(never_made) > most
        given_up = given_up[:most]
        never_made = never_made[: most - len(given_up)]
        _revive(given_up)
        _make(row, never_made)
        found.update(missed_since=None, missed_until=None)
        ring_after_commit(SEND)
    count = len(given_up) + len(never_made)
    events.emit("destination.replayed", destination=str(row.uid), count=count, more=more)
    return Replayed(count, more)


def _newest(post: str = "") -> Q:
    """A condition on what has a POST: no other one tells more of the same signal."""
    newer = Post.objects.filter(
        signal=OuterRef(f"{post}signal"), number__gt=OuterRef(f"{post}number")
    )
    return ~Q(Exists(newer))


def _given_up(
    row: Destination, feeds: QuerySet[Feed], period: tuple[Any, Any]
) -> QuerySet[Delivery, int]:
    """The keys of what waited for it and was given up."""
    return (
        Delivery.objects.filter(
            _newest("post__"),
            destination=row,
            state=DeliveryState.DISCARDED,
            finished_at__range=period,
            post__feed__in=feeds,
        )
        .exclude(post__type=TEST)
        .order_by("-pk")
        .values_list("pk", flat=True)
    )


def _never_made(row: Destination, feeds: QuerySet[Feed], period: tuple[Any, Any]) -> QuerySet[Post]:
    """Posts that it got no delivery of: first about signals that it has, then the newest."""
    here = Delivery.objects.filter(destination=row)
    has_signal = here.filter(Q(state=DeliveryState.SENT) | Q(maybe_received=True))
    return (
        Post.objects.filter(
            _newest(),
            ~Exists(here.filter(post=OuterRef("pk"))),
            created_at__range=period,
            # One that is being fanned out may still reach it by itself.
            fanned_out_at__isnull=False,
            feed__in=feeds,
        )
        .exclude(type=TEST)
        .annotate(is_awaited=Exists(has_signal.filter(post__signal=OuterRef("signal"))))
        .order_by("-is_awaited", "-pk")
    )


def _revive(keys: list[int]) -> None:
    Delivery.objects.filter(pk__in=keys, state=DeliveryState.DISCARDED).update(
        state=DeliveryState.DUE,
        queue=Queue.DEFAULT,
        due=Now(),
        attempts=0,
        tries=0,
        reason="",
        finished_at=None,
    )


def _make(row: Destination, posts: list[Post]) -> None:
    Delivery.objects.bulk_create(
        (
            Delivery(
                post=post,
                destination=row,
                signal_id=post.signal_id,
                number=post.number,
                queue=Queue.DEFAULT,
                created_at=Now(),
                due=Now(),
            )
            for post in posts
        ),
        ignore_conflicts=True,
    )
    Post.objects.filter(pk__in=[post.pk for post in posts]).update(recipients=F("recipients") + 1)
