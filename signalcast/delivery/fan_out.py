"""One delivery for each destination that is entitled to a post."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now

from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.states import DeliveryState
from signalcast.pipeline import FAN_OUT_CHUNK, SEND, Queue
from signalcast.plans.entitlement import entitled_destinations


def fan_out(post: Post) -> bool:
    """Insert the deliveries of the next destinations, up to a chunk. True when all are there.

    One INSERT ... SELECT, continued where `fanned_out_to` says, so that a crash in between costs
    nothing and nobody is posted to twice.
    """
    chunk = FAN_OUT_CHUNK[connection.vendor]
    with transaction.atomic(savepoint=False):
        inserted = _insert(post, chunk)
        changes: dict[str, object] = {"recipients": post.recipients + inserted}
        if inserted == chunk:
            reached = Delivery.objects.filter(post=post).aggregate(last=Max("destination_id"))
            changes["fanned_out_to"] = reached["last"]
        else:
            changes["fanned_out_at"] = Now()
        Post.objects.filter(pk=post.pk).update(**changes)
        ring_after_commit(SEND)
    post.recipients += inserted
    post.fanned_out_to = int(str(changes.get("fanned_out_to", post.fanned_out_to)))
    return inserted < chunk


def _insert(post: Post, chunk: int) -> int:
    columns = {
        "post_id": post.pk,
        "number": post.number,
        "queue": (Queue.HIGH if post.signal_id else Queue.NOTIFICATIONS).value,
        "state": DeliveryState.DUE.value,
        "signal_id": Post._meta.get_field("signal").get_db_prep_value(post.signal_id, connection),
    }
    selected, parameters, position = _destinations(connection.vendor, post.feed_id, chunk)
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in ("destination_id", *columns))
    after = (*parameters[:position], post.fanned_out_to, *parameters[position + 1 :])
    with connection.cursor() as cursor:
        # Types of bare values are guessed from their text, which is right for all but one.
        cursor.execute(
            f"INSERT INTO {quote(Delivery._meta.db_table)} ({names}) "  # noqa: S608 - our own names
            f"SELECT q.*, %s, %s, %s, %s, {_UUID.get(connection.vendor, '%s')} FROM ({selected}) q",
            (*columns.values(), *after),
        )
        return int(cursor.rowcount)


_UUID = {"postgresql": "%s::uuid"}
#: Stands in a compiled query for the destination after which to go on.
_AFTER = -1


@lru_cache(maxsize=1_000)
def _destinations(vendor: str, feed: int, chunk: int) -> tuple[str, tuple[Any, ...], int]:
    """The next destinations of a feed as SQL, its parameters, and which of these is `_AFTER`.

    Kept, because making it takes longer than running it.
    """
    rows = entitled_destinations(feed).filter(pk__gt=_AFTER).order_by("pk")
    selected, parameters = rows.values_list("pk")[:chunk].query.sql_with_params()
    return selected, parameters, parameters.index(_AFTER)
