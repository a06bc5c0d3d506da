"""Promises 4 and 5: revisions in order, and nothing about a signal that was never got.

Both rest on one sequence. A claim is committed before its rows are looked at here. So of two
processes with two revisions for one destination, at least one sees the other's: the older one
finds a newer and is superseded, the newer one finds the older in hand and lets it go first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core.prepared import plain_rows
from signalcast.delivery.load import Batch, Loaded
from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import FINAL, UPDATE, posts_about
from signalcast.delivery.states import OPEN, DeliveryState
from signalcast.delivery.verdict import SUPERSEDED, Verdict, put_off, stale

#: Seconds after which to look again whether an older revision is out of the way.
BEHIND_ANOTHER = 0.3

Pair = tuple[int, UUID | str | None]


class Sibling(NamedTuple):
    """Another revision of the same signal for the same destination."""

    id: int
    destination: int
    signal: UUID | str
    number: int
    state: str
    leased: bool
    maybe_received: bool


def order(batch: Batch) -> None:
    """Give a verdict to rows that must not be sent, or not yet. Two statements where revisions
    meet, none where they don't."""
    rows = [row for row in batch.undecided() if row.signal is not None]
    crowded = [row for row in rows if row.has_siblings]
    siblings = _siblings(crowded) if crowded else {}
    waiting: list[Loaded] = []
    # The newest first: an older one in the same claim is superseded and out of the way at once.
    for row in sorted(rows, key=lambda row: -row.number):
        verdict, in_the_way = _judge(row, batch, siblings.get((row.destination, row.signal), ()))
        if verdict:
            batch.verdicts[row.id] = verdict
        if in_the_way:
            waiting.append(row)
    if waiting:
        _overtake(waiting, batch, siblings)


def _judge(row: Loaded, batch: Batch, siblings: Sequence[Sibling]) -> tuple[Verdict | None, bool]:
    """A verdict if there is one, and whether older revisions still wait to be sent."""
    if any(other.number > row.number for other in siblings):
        return SUPERSEDED, False
    older = [other for other in siblings if other.number < row.number]
    if any(other.leased and other.id not in batch.rows for other in older):
        return put_off(BEHIND_ANOTHER), False
    if any(other.state == DeliveryState.SENT or other.maybe_received for other in older):
        batch.follows.add(row.id)
    turn = batch.wishes.turns.get(row.id)
    got_one = row.id in batch.follows or (turn is not None and turn.told_elsewhere(row.number))
    verdict = None if got_one else _without_the_signal(row, batch)
    return verdict, any(other.state in OPEN for other in older if not other.leased)


def _without_the_signal(row: Loaded, batch: Batch) -> Verdict | None:
    """What to do with a revision for somebody who never got an earlier one."""
    post = batch.post(row)
    kind = post.content.type
    if kind in FINAL:
        return stale(_("It never got the signal."))
    ends = post.signal_valid_until
    if kind == UPDATE and ends is not None and batch.now >= ends:
        return stale(_("It never got the signal, and it is too late to enter now."))
    return None


def _overtake(rows: Sequence[Loaded], batch: Batch, siblings: dict[Pair, list[Sibling]]) -> None:
    """Supersede older revisions that wait, then make sure that none was claimed meanwhile."""
    older = [
        other.id
        for row in rows
        for other in siblings[row.destination, row.signal]
        if other.number < row.number and other.state in OPEN and not other.leased
    ]
    with transaction.atomic():
        Delivery.objects.filter(pk__in=older, state__in=OPEN, leased_until=None).update(
            state=DeliveryState.SUPERSEDED,
            due=None,
            parked_at=None,
            parked_reason="",
            finished_at=Now(),
        )
        # Only now: what the statement above skipped was claimed before it, and shows up here.
        taken = {
            tuple(row)
            for row in plain_rows(
                Delivery.objects.filter(pk__in=older, leased_until__isnull=False).values_list(
                    "destination_id", "signal_id"
                )
            )
        }
    for row in rows:
        if (row.destination, row.signal) in taken:
            batch.verdicts[row.id] = put_off(BEHIND_ANOTHER)


def _siblings(rows: Iterable[Loaded]) -> dict[Pair, list[Sibling]]:
    destinations: dict[UUID | str | None, list[int]] = defaultdict(list)
    for row in rows:
        destinations[row.signal].append(row.destination)
    pairs = Q(pk__in=[])
    for signal, posts in posts_about(destinations).items():
        pairs |= Q(post__in=posts, destination__in=destinations[signal])
    found: dict[Pair, list[Sibling]] = defaultdict(list)
    query = Delivery.objects.filter(pairs).values_list(
        "pk", "destination_id", "signal_id", "number", "state", "leased_until", "maybe_received"
    )
    for pk, destination, about, number, state, leased, maybe in plain_rows(query):
        sibling = Sibling(pk, destination, about, number, state, leased is not None, maybe)
        found[destination, about].append(sibling)
    return found
