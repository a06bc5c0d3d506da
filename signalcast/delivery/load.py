"""Turn claimed rows into what can be sent, and settle at once what must not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, TextField
from django.db.models.functions import Now

from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import Posted, Posts
from signalcast.delivery.verdict import Verdict
from signalcast.plans.entitlement import entitled
from signalcast.work.claim import Claimed


class Loaded(NamedTuple):
    """A delivery with its destination, as one SELECT gives it."""

    id: int
    post: int
    destination: int
    signal: UUID | None
    number: int
    attempts: int
    tries: int
    uid: UUID
    kind: str
    address: str
    #: Encrypted, as it is stored: most are in the process's cache.
    secret: str
    destination_state: str
    disabled_reason: str
    failures: int
    blocked_until: datetime | None
    is_entitled: bool
    #: The same destination has, or had, another revision of the same signal.
    has_siblings: bool
    #: The database's.
    now: datetime


@dataclass(slots=True)
class Batch:
    """Rows of one claim on their way through the rules: each ends in `verdicts` or is sent."""

    rows: dict[int, Loaded]
    posts: dict[int, Posted]
    verdicts: dict[int, Verdict] = field(default_factory=dict)

    def undecided(self) -> list[Loaded]:
        """The rows that no rule has spoken about yet, in the order they were claimed."""
        return [row for row in self.rows.values() if row.id not in self.verdicts]

    def post(self, row: Loaded) -> Posted:
        """The post that a row delivers."""
        return self.posts[row.post]


_QUERY = Delivery.objects.annotate(
    raw_secret=ExpressionWrapper(F("destination__secret"), output_field=TextField()),
    is_entitled=entitled(
        owner="destination__owner_id",
        kind="destination__kind",
        feed=OuterRef("post__feed_id"),
        one_by_one=True,
    ),
    has_siblings=Exists(
        Delivery.objects.filter(
            destination=OuterRef("destination_id"), signal=OuterRef("signal_id")
        ).exclude(pk=OuterRef("pk"))
    ),
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
    "raw_secret",
    "destination__state",
    "destination__disabled_reason",
    "destination__failures",
    "destination__blocked_until",
    "is_entitled",
    "has_siblings",
    "now",
)


def load(claimed: Sequence[Claimed], posts: Posts) -> Batch:
    """Read the rows of a claim with all that the rules look at. One statement, two for new posts.

    A row that is gone, because its destination was deleted, is left out.
    """
    rows = {row[0]: Loaded(*row) for row in _QUERY.filter(pk__in=[row.id for row in claimed])}
    # In the order of the claim, which is the order of the queues.
    ordered = {row.id: rows[row.id] for row in claimed if row.id in rows}
    return Batch(ordered, posts.get(row.post for row in ordered.values()))
