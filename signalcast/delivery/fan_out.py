"""One delivery for each destination that is entitled to a post."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from signalcast.channels.models import Destination
from signalcast.core.among import some
from signalcast.core.prepared import Prepared, prepared, prepared_update, slot
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.segment import destinations_in, read_segment
from signalcast.delivery.states import DeliveryState
from signalcast.pipeline import FAN_OUT_CHUNKS, SEND, Queue
from signalcast.plans.entitlement import (
    allowed_destinations,
    broadcast_destinations,
    entitled_destinations,
    turned_off,
)

#: A feed's id or a segment.
Readers = TypeVar("Readers")


def fan_out(post: Post) -> bool:
    """Insert the deliveries of the next destinations, up to a chunk. True when all are there.

    One INSERT ... SELECT, continued where `fanned_out_to` says, so that a crash in between costs
    nothing and nobody is posted to twice.
    """
    first, later = FAN_OUT_CHUNKS[connection.vendor]
    chunk = later if post.fanned_out_to else first
    with transaction.atomic(savepoint=False):
        broadcasts, inserted = _insert_next(post, chunk)
        recipients = post.recipients + broadcasts + inserted
        changes: dict[str, object] = {"recipients": recipients}
        if inserted == chunk:
            [[reached]] = prepared(_reached).filled({"post": post.pk}).rows()
            changes["fanned_out_to"] = reached
        else:
            changes["fanned_out_at"] = Now()
        prepared_update(Post, some, changes).about([post.pk]).run()
        ring_after_commit(SEND)
    post.recipients = recipients
    post.fanned_out_to = int(str(changes.get("fanned_out_to", post.fanned_out_to)))
    return inserted < chunk


def _insert_next(post: Post, chunk: int) -> tuple[int, int]:
    """How many deliveries to broadcasts were inserted, and how many to people."""
    if post.segment is not None:
        return 0, _insert(post, destinations_in, read_segment(post.segment), chunk)
    # A post is for one or the other; one for neither is for nobody.
    feed = post.feed_id or 0
    # One that many read along at comes before everybody's own. All at once: nothing goes on with
    # those that a chunk has no room for.
    broadcasts = 0 if post.fanned_out_to else _insert(post, broadcast_destinations, feed)
    chosen = following_destinations if post.number > 1 else entitled_destinations
    return broadcasts, _insert(post, chosen, feed, chunk)


def _insert(
    post: Post,
    chosen: Callable[[Readers], QuerySet[Destination]],
    readers: Readers,
    chunk: int | None = None,
) -> int:
    """Insert the next deliveries, up to a chunk where there is one. Returns how many."""
    columns = {
        "post_id": post.pk,
        "number": post.number,
        "queue": (Queue.HIGH if post.signal_id else Queue.NOTIFICATIONS).value,
        "state": DeliveryState.DUE.value,
        "signal_id": _plain(post.signal_id),
    }
    selected = _destinations(connection.vendor, chosen, readers, chunk).filled(
        {"fanned_out_to": post.fanned_out_to, "signal": post.signal_id}
    )
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in (*_SELECTED, *columns))
    # Types of bare values are guessed from their text, which is right for all but one.
    signal = _UUID.get(connection.vendor, "%s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Delivery._meta.db_table)} ({names}) "  # noqa: S608 - our own names
            f"SELECT q.*, %s, %s, %s, %s, {signal} FROM ({selected.text}) q",
            (*columns.values(), *selected.parameters),
        )
        return int(cursor.rowcount)


# The last one by the index, and not the largest of all that there are, which the database would
# look for: a post for many comes by here for each chunk of them.
def _reached() -> QuerySet[Any, Any]:
    """The last destination with an owner that the slot's post was inserted for."""
    theirs = Delivery.objects.filter(post=slot(Delivery, "post"), destination__owner__isnull=False)
    return theirs.order_by("-destination_id").values_list("destination_id")[:1]


def following_destinations(feed_id: int) -> QuerySet[Destination]:
    """Those that get what is posted to a feed, and those that got, or were to get, a signal of it
    before their owners turned it off: nobody is left alone with a signal."""
    # The order says nothing new, but what is compared by it can't be hashed: a few are looked up,
    # and never all deliveries read.
    before = Delivery.objects.filter(
        destination=OuterRef("pk"),
        destination__lte=OuterRef("pk"),
        post__signal=slot(Post, "signal"),
    )
    return allowed_destinations(feed_id).filter(~turned_off(feed_id) | Exists(before))


def _plain(signal: UUID | None) -> Any:
    """As the engine keeps it."""
    return Post._meta.get_field("signal").get_db_prep_value(signal, connection)


_UUID = {"postgresql": "%s::uuid"}
#: The times are what the columns would begin with by themselves, asked for once: SQLite puts the
#: time into words anew for each row that leaves it out, a quarter of all that the row takes.
_SELECTED = ("destination_id", "due", "created_at")


@lru_cache(maxsize=1_000)
def _destinations(
    vendor: str, chosen: Callable[[Any], QuerySet[Destination]], readers: Any, chunk: int | None
) -> Prepared:
    """The next destinations of a feed or a segment after one, with slots for that and the signal.

    Kept, because making it takes longer than running it.
    """
    rows = chosen(readers).filter(pk__gt=slot(Post, "fanned_out_to")).order_by("pk")
    text, parameters = rows.values_list("pk", Now(), Now())[:chunk].query.sql_with_params()
    return Prepared(text, parameters)
