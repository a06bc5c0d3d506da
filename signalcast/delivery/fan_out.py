"""One delivery for each destination that is entitled to a post."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Max, Value
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
    queue = Queue.HIGH if post.signal_id else Queue.NOTIFICATIONS
    signal = Post._meta.get_field("signal").get_db_prep_value(post.signal_id, connection)
    columns = {
        "post_id": Value(post.pk),
        "number": Value(post.number),
        "queue": Value(queue.value),
        "state": Value(DeliveryState.DUE.value),
    }
    selected, parameters = (
        entitled_destinations(post.feed_id)
        .filter(pk__gt=post.fanned_out_to)
        .order_by("pk")
        .values_list("pk", *columns.values())[:chunk]
        .query.sql_with_params()
    )
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in ("destination_id", *columns))
    table = quote(Delivery._meta.db_table)
    with connection.cursor() as cursor:
        # The signal's id goes around the query's compiler: its type differs from engine to engine.
        cursor.execute(
            f"INSERT INTO {table} ({names}, signal_id) SELECT q.*, {_placeholder()} "  # noqa: S608
            f"FROM ({selected}) q",
            (signal, *parameters),
        )
        return int(cursor.rowcount)


def _placeholder() -> str:
    return "%s::uuid" if connection.vendor == "postgresql" else "%s"
