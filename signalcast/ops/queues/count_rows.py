"""Count the rows of every queue by what they wait for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

from signalcast.core.clock import sql_now
from signalcast.ops.health.waits import KINDS, PLACES, Place
from signalcast.pipeline import Queue

#: Each in one look at one index, however many finished rows the table has.
CONDITIONS = {
    "ready": "due <= {now}",
    "later": "due > {now}",
    "in_hand": "leased_until IS NOT NULL",
    "parked": "parked_at IS NOT NULL",
}
#: Those whose index begins with the queue. For the others a queue is an expression, or a planner
#: without statistics takes an index of queues and reads all that was ever done.
BY_QUEUE = frozenset(("ready", "later"))


@dataclass(frozen=True, slots=True)
class Backlog:
    """The unfinished rows of one queue of one kind of row."""

    place: Place
    #: Due now, due later, leased to a process, set aside for a person.
    ready: int = 0
    later: int = 0
    in_hand: int = 0
    parked: int = 0
    #: Seconds that the oldest due row has waited; 0 when none is due.
    wait: float = 0.0

    @property
    def kind(self) -> str:
        """`receipt`, `delivery` or `job`."""
        return self.place.kind

    @property
    def queue(self) -> Queue:
        """The queue."""
        return self.place.queue


def count_rows() -> tuple[Backlog, ...]:
    """The backlog of every queue of every kind, also of empty ones. One statement.

    Paused queues are counted like the others: their rows do wait.
    """
    counts: dict[Place, dict[str, int]] = defaultdict(dict)
    waits: dict[Place, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(counting())
        for kind, name, queue, count, oldest, moment in cursor.fetchall():
            place = Place(kind, Queue(queue))
            counts[place][name] = count
            if name == "ready":
                waited = (_moment(moment) - _moment(oldest)).total_seconds()
                waits[place] = max(waited, 0.0)
    return tuple(
        Backlog(place, **counts.get(place, {}), wait=waits.get(place, 0.0)) for place in PLACES
    )


def counting() -> str:
    """The statement that counts, for the engine in use."""
    now = sql_now()
    quote = connection.ops.quote_name
    queues = ", ".join(str(int(queue)) for queue in Queue)
    looks = (
        f"SELECT '{kind}', '{name}', {place}, COUNT(*), MIN(due), {now}"  # noqa: S608 - our own names and numbers
        f" FROM {quote(model._meta.db_table)}"
        f" WHERE {place} IN ({queues}) AND {condition.format(now=now)} GROUP BY {place}"
        for kind, model in KINDS.items()
        for name, condition in CONDITIONS.items()
        for place in ["queue" if name in BY_QUEUE else "queue + 0"]
    )
    return " UNION ALL ".join(looks)


def _moment(value: datetime | str) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
