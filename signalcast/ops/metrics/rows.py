"""What rows say at this moment, in as few statements as it takes."""

from __future__ import annotations

from django.db import connection
from django.db.models import Case, CharField, Count, F, Sum, Value, When
from django.db.models.functions import Now

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.core.clock import from_now
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.ops.health.waits import waits
from signalcast.ops.metrics.gauge import Gauge
from signalcast.ops.queues.count_rows import count_rows
from signalcast.pipeline import LOST_AFTER, processes
from signalcast.plans.entitlement import current_subscriptions
from signalcast.plans.models import Plan
from signalcast.signals.models import Signal
from signalcast.work.models import ProcessBeat

#: Where a row can be.
STATES = ("ready", "later", "leased", "parked")
ALIVE, LOST = "alive", "lost"


def flow() -> list[Gauge]:
    """Queues and processes. Three statements."""
    rows = Gauge(
        "signalcast_queue_rows",
        "Rows by what they are and where: ready, later, leased (in hand), parked.",
        ("kind", "queue", "state"),
    )
    oldest = Gauge(
        "signalcast_queue_wait_seconds", "Age of the oldest due row; 0 where none is due.",
        ("kind", "queue"),
    )  # fmt: skip
    ages = waits()  # a paused queue is not late, although its rows wait
    for one in count_rows():
        place = one.kind, one.queue.label
        oldest.put(*place, value=ages.get(one.place, 0.0))
        for state, count in zip(
            STATES, (one.ready, one.later, one.in_hand, one.parked), strict=True
        ):
            rows.put(*place, state, value=count)
    return [rows, oldest, *_processes()]


def _processes() -> list[Gauge]:
    count = Gauge(
        "signalcast_processes", "Processes of all machines, alive or lost.",
        ("host", "role", "state"),
    )  # fmt: skip
    memory = Gauge(
        "signalcast_process_memory_bytes", "Memory of the processes alive.", ("host", "role")
    )
    seen = Case(
        When(seen_at__gte=from_now(-LOST_AFTER), then=Value(ALIVE)),
        default=Value(LOST),
        output_field=CharField(),
    )
    rows = (
        ProcessBeat.objects.annotate(seen=seen)
        .values("host", "role", "seen")
        .annotate(count=Count("pk"), rss=Sum("rss"))
        .order_by()
    )
    found = list(rows)
    hosts = {row["host"] for row in found}
    # A role without anybody is told as well: nothing would look like nothing wrong.
    beating = {row["role"] for row in found} | {one.name for one in processes()} - {"valkey"}
    for host in hosts:
        for role in beating:
            count.put(host, role, ALIVE, value=0)
            count.put(host, role, LOST, value=0)
    for row in found:
        count.put(row["host"], row["role"], row["seen"], value=row["count"])
        if row["seen"] == ALIVE:
            memory.put(row["host"], row["role"], value=row["rss"])
    return [count, memory]


def destinations() -> list[Gauge]:
    """Destinations by channel; blocked is what the breaker keeps waiting. One statement."""
    gauge = Gauge(
        "signalcast_destinations", "Destinations: active, blocked by the breaker, disabled.",
        ("channel", "state"),
    )  # fmt: skip
    state = Case(
        When(state=Destination.State.DISABLED, then=Value("disabled")),
        When(blocked_until__gt=Now(), then=Value("blocked")),
        default=Value("active"),
        output_field=CharField(),
    )
    rows = (
        Destination.objects.annotate(now_is=state)
        .values_list("kind", "now_is")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for kind, now_is, count in rows:
        for each in ("active", "blocked", "disabled"):
            gauge.values.setdefault((kind, each), 0)
        gauge.put(kind, now_is, value=count)
    return [gauge]


def business() -> list[Gauge]:
    """What the owner lives on. Four statements."""
    users = Gauge("signalcast_users", "Active accounts.")
    users.put(value=User.objects.filter(is_active=True).count())
    subscribed = Gauge("signalcast_subscriptions", "Subscriptions that count now.", ("plan",))
    rows = current_subscriptions().values_list("plan_id").annotate(count=Count("pk")).order_by()
    counts = dict(rows)
    for pk, slug in Plan.objects.values_list("pk", "slug"):
        subscribed.put(slug, value=counts.get(pk, 0))
    published = Gauge("signalcast_signals", "Signals published so far.", ("feed",))
    for feed, count in (
        Signal.objects.values_list(F("feed__slug")).annotate(count=Count("pk")).order_by()
    ):
        published.put(feed, value=count)
    review = Gauge("signalcast_receipts_in_review", "Receipts that wait for a person.")
    review.put(value=Receipt.objects.filter(state=ReceiptState.REVIEW).count())
    return [users, subscribed, published, review]


_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables"
    " WHERE table_schema = DATABASE()",
}


def database() -> list[Gauge]:
    """How large it is. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZE[connection.vendor])
        [size] = cursor.fetchone()
    gauge = Gauge("signalcast_database_size_bytes", "Bytes that the database takes.")
    return [gauge.put(value=float(size))]
