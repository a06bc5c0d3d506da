"""Turn claimed rows into what can be sent, and settle at once what must not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from signalcast.core.among import SOME, among
from signalcast.core.clock import now, read_moment
from signalcast.core.prepared import prepared
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.posts import Posted, Posts
from signalcast.delivery.verdict import Verdict
from signalcast.delivery.wishes import HAS_WISHES, Wishes
from signalcast.plans.entitlement import broadcast, entitled
from signalcast.work.claim import Claimed


class Loaded(NamedTuple):
    """A delivery with its destination, as one SELECT gives it."""

    id: int
    post: int
    destination: int
    signal: UUID | str | None
    number: int
    attempts: int
    tries: int
    #: A UUID in the engine's own form.
    raw_uid: UUID | str
    kind: str
    address: str
    #: Encrypted, as it is stored: most are in the process's cache.
    secret: str
    account: str | None
    account_error: str | None
    language: str | None
    destination_state: str
    disabled_reason: str
    failures: int
    raw_blocked_until: datetime | str | None
    queue: int
    state: str
    is_entitled: bool
    #: The same destination has, or had, another revision of the same signal.
    has_siblings: bool
    #: Its receiver may want it otherwise than usual.
    has_wishes: bool
    #: The database's, in the engine's own form. `Batch.now` is the same for all rows.
    raw_now: datetime | str

    @property
    def blocked_until(self) -> datetime | None:
        """The moment before which nothing is sent to the destination."""
        return read_moment(self.raw_blocked_until) if self.raw_blocked_until else None

    @property
    def uid(self) -> str:
        """The destination's public id."""
        raw = self.raw_uid
        if isinstance(raw, str) and len(raw) == 32:
            return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
        return str(raw)

    @property
    def is_broadcast(self) -> bool:
        """Many read along there: it has no owner, and so no owner's language."""
        return self.language is None


@dataclass(slots=True)
class Batch:
    """Rows of one claim on their way through the rules: each ends in `verdicts` or is sent."""

    rows: dict[int, Loaded]
    posts: dict[int, Posted]
    #: The database's time when they were read.
    now: datetime
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    #: Rows whose destination got, or may have got, an earlier revision of the same signal.
    follows: set[int] = field(default_factory=set)
    wishes: Wishes = field(default_factory=Wishes)

    def undecided(self) -> list[Loaded]:
        """The rows that no rule has spoken about yet, in the order they were claimed."""
        return [row for row in self.rows.values() if row.id not in self.verdicts]

    def post(self, row: Loaded) -> Posted:
        """The post that a row delivers."""
        return self.posts[row.post]


# By way of the other posts about the signal: few, and mostly none. By way of the destination it
# would be all that it ever got.
_AT_THE_SAME = Delivery.objects.filter(
    post=OuterRef("pk"), destination=OuterRef(OuterRef("destination_id"))
)
_OTHERS = Post.objects.filter(Exists(_AT_THE_SAME), signal=OuterRef("signal_id")).exclude(
    pk=OuterRef("post_id")
)

_QUERY = Delivery.objects.annotate(
    is_entitled=entitled(
        owner="destination__owner_id",
        kind="destination__kind",
        feed=OuterRef("post__feed_id"),
        one_by_one=True,
    )
    | broadcast(destination="destination_id", feed=OuterRef("post__feed_id")),
    has_siblings=Exists(_OTHERS),
    has_wishes=HAS_WISHES,
    now=Now(),
).values_list(
    "pk",
    "post_id",
    "destination_id",
    "signal_id",
    "number",
    "attempts",
    "tries",
    "destination__uid",
    "destination__kind",
    "destination__address",
    "destination__secret",
    "destination__account__settings",
    "destination__account__last_error",
    "destination__owner__language",
    "destination__state",
    "destination__disabled_reason",
    "destination__failures",
    "destination__blocked_until",
    "queue",
    "state",
    "is_entitled",
    "has_siblings",
    "has_wishes",
    "now",
)


# Putting it into words takes longer than running it for one delivery.
def _some() -> QuerySet[Any, Any]:
    return _QUERY.filter(among(Delivery, SOME))


def load(claimed: Sequence[Claimed], posts: Posts) -> Batch:
    """Read the rows of a claim with all that the rules look at. One statement, two for new posts.

    A row that is gone, because its destination was deleted, is left out.
    """
    query = prepared(_some).about([row.id for row in claimed])
    rows = {row[0]: Loaded(*row) for row in query.rows()}
    # In the order of the claim, which is the order of the queues.
    ordered = {row.id: rows[row.id] for row in claimed if row.id in rows}
    moment = next(iter(rows.values())).raw_now if rows else now()
    return Batch(ordered, posts.get({row.post for row in ordered.values()}), read_moment(moment))
