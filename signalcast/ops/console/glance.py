"""What the first page shows, as data: the same for every viewer, whatever their language."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Flow(msgspec.Struct, frozen=True):
    """How much went through: a minute, and lately as counts of equal spans, oldest first."""

    per_minute: float
    spans: list[int]
    #: Seconds that the spans cover together.
    covers: float


class Tile(msgspec.Struct, frozen=True):
    """One stage of the pipeline."""

    stage: str
    process: str
    flow: Flow
    #: Processes that do its work: alive, and of those told to rest.
    living: int
    resting: int
    #: Seconds that the oldest due row has waited, in the queue that is worst off for its budget,
    #: and that queue's budget; 0 where no rows wait.
    wait: float = 0.0
    budget: float = 0.0
    #: What went wrong lately, of how many that ended.
    failed: int = 0
    ended: int = 0
    #: Rows that were set aside, counted up to a bound.
    parked: int = 0


class Channel(msgspec.Struct, frozen=True):
    """What senders speak on one channel."""

    kind: str
    flow: Flow
    accepted: int
    ended: int
    #: Seconds from the request to the subscriber that 95 in 100 kept; None without any.
    slow: float | None


class Arrivals(msgspec.Struct, frozen=True):
    """Seconds from the request to the subscriber, over the last minutes."""

    count: int
    usual: float
    slow: float


class Last(msgspec.Struct, frozen=True):
    """The last signal that reached anybody."""

    at: datetime
    took: float
    subscribers: int


class Process(msgspec.Struct, frozen=True):
    """A process that is missed."""

    host: str
    name: str
    role: str
    seen_at: datetime


class Wrong(msgspec.Struct, frozen=True):
    """An alert that lasts."""

    rule: str
    subject: str
    words: str
    since: datetime
    acknowledged_by: str


class Rest(msgspec.Struct, frozen=True):
    """Something that was told to rest: a queue, a schedule, or alerts during a maintenance."""

    what: str
    until: datetime | None
    by: str
    reason: str


class Glance(msgspec.Struct, frozen=True):
    """All of it at one moment of the database's clock."""

    at: datetime
    tiles: list[Tile]
    channels: list[Channel]
    arrivals: Arrivals | None
    last: Last | None
    #: Kinds of processes that nobody is left of, and when the last one was seen, where known.
    absent: dict[str, datetime | None]
    lost: list[Process]
    alerts: list[Wrong]
    pauses: list[Rest]
    maintenances: list[Rest]
    #: Receipts that wait for a person, counted up to a bound.
    review: int
