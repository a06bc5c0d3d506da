"""Posts whose deliveries are being made or sent, and how far they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max

from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.states import OPEN, DeliveryState
from signalcast.pipeline import Queue

#: Deliveries that a list counts; posts beyond that are counted one by one, when somebody looks.
COUNTED = 20_000
#: Waiting deliveries of each queue, from either end, whose posts are taken to be on their way.
SAMPLE = 500
#: Posts on their way that are listed, and newest posts that are asked whether all is made for them.
#: An older one that is not is an announcement whose job failed: that is listed among the jobs.
MOST, NEWEST = 50, 2_000


@dataclass(slots=True)
class FanOut:
    """A post with its deliveries by state. Without COUNTED nobody has counted them yet."""

    post: Post
    counted: bool = False
    states: dict[str, int] = field(default_factory=dict)
    last: datetime | None = None

    @property
    def total(self) -> int:
        """Deliveries that there are, so far."""
        return sum(self.states.values()) if self.counted else self.post.recipients

    @property
    def open(self) -> int:
        """Deliveries that may still be sent."""
        return sum(self.states.get(state, 0) for state in OPEN)

    @property
    def sent(self) -> int:
        """Deliveries that got there."""
        return self.states.get(DeliveryState.SENT, 0)

    @property
    def moves(self) -> bool:
        """Whether deliveries are still made or sent."""
        return self.post.fanned_out_at is None or self.open > 0

    @property
    def took(self) -> timedelta | None:
        """From the post to the end of its last delivery; None while any is open."""
        if not self.counted or self.moves or self.last is None:
            return None
        return max(self.last - self.post.created_at, timedelta())

    @property
    def others(self) -> list[tuple[str, str, int]]:
        """The states beside sent with their words and counts."""
        labels = dict(DeliveryState.choices)
        return [
            (state, str(labels[DeliveryState(state)]), self.states[state])
            for state in DeliveryState.values
            if state != DeliveryState.SENT and self.states.get(state)
        ]


def fan_outs(posts: Iterable[Post]) -> list[FanOut]:
    """POSTS with their counts, as far as these are cheap: one statement for all of them."""
    found = [FanOut(post) for post in posts]
    left, chosen = COUNTED, []
    for one in found:
        if one.post.recipients <= left:
            left -= one.post.recipients
            chosen.append(one)
    _count(chosen)
    return found


def fan_out_of(post: Post) -> FanOut:
    """POST with its counts, however many they are."""
    one = FanOut(post)
    _count([one])
    return one


def moving() -> list[int]:
    """Ids of posts that are on their way, newest first, told by the ends of what waits.

    Looks at some rows of two indexes, not at all that wait.
    """
    ids = Post.objects.order_by("-pk").values_list("pk", flat=True)
    newest = ids.first() or 0
    found = set(ids.filter(pk__gt=newest - NEWEST, fanned_out_at=None)[:MOST])
    for queue in Queue:
        waiting = Delivery.objects.filter(queue=queue, due__isnull=False)
        for order in ("due", "-due"):
            found |= set(waiting.order_by(order).values_list("post_id", flat=True)[:SAMPLE])
    held = Delivery.objects.filter(leased_until__isnull=False).order_by("leased_until")
    found |= set(held.values_list("post_id", flat=True)[:SAMPLE])
    return sorted(found, reverse=True)[:MOST]


def _count(chosen: list[FanOut]) -> None:
    states: dict[int, dict[str, int]] = defaultdict(dict)
    last: dict[int, datetime] = {}
    rows = Delivery.objects.filter(post__in=[one.post.pk for one in chosen])
    counts = rows.values_list("post_id", "state").order_by()
    for post, state, count, ended in counts.annotate(count=Count("pk"), ended=Max("finished_at")):
        states[post][state] = count
        if ended is not None:
            last[post] = max(ended, last.get(post, ended))
    for one in chosen:
        one.counted, one.states, one.last = True, states[one.post.pk], last.get(one.post.pk)


def document(one: FanOut) -> dict[str, object]:
    """A fan-out for programs."""
    took = one.took
    return {
        "post": one.post.pk,
        "type": one.post.type,
        "feed": one.post.feed.slug if one.post.feed else "",
        "created_at": one.post.created_at,
        "made": one.post.fanned_out_at is not None,
        "recipients": one.total,
        "states": one.states if one.counted else None,
        "seconds_to_the_last": took.total_seconds() if took is not None else None,
    }
