"""The states of what outsiders notice, and when it was otherwise: nothing else of the inside."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from threading import Lock

from django.db import Error, connection

from signalcast.core import events
from signalcast.core.clock import now
from signalcast.ops.alerts.models import Alert

DAYS = 30
#: Seconds that an answer is kept, so that no crowd of visitors reaches the database.
REMEMBERED = 10.0
#: Incidents that are shown at most, the newest first.
SHOWN = 100


class Part(StrEnum):
    """What an outsider notices, in the order in which a signal passes it."""

    RECEIVING = "receiving"
    DECIDING = "deciding"
    DELIVERING = "delivering"
    PAGES = "pages"


class Condition(StrEnum):
    """How a part is."""

    OK = "ok"
    TROUBLE = "trouble"


#: Which alerts say something about which part. The others are nobody's business outside.
PARTS = {
    "check_failed:database": Part.RECEIVING,
    "check_failed:migrations": Part.PAGES,
    "stalled:receipt": Part.DECIDING,
    "queue_wait_high:": Part.DELIVERING,
    "stalled:delivery": Part.DELIVERING,
    "latency:": Part.DELIVERING,
    "failure_rate:": Part.DELIVERING,
}
CHANNELS = "delivery_success:"


@dataclass(frozen=True, slots=True)
class Incident:
    """A time in which a part was not well; it lasts where there is no end."""

    part: Part
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """All of it at one moment."""

    parts: dict[Part, Condition]
    incidents: list[Incident]

    @property
    def is_well(self) -> bool:
        """Whether every part is."""
        return all(condition == Condition.OK for condition in self.parts.values())


class Board:
    """Keeps the last answer for a moment. Used by all threads of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: tuple[float, Status] | None = None

    def status(self) -> Status:
        """How it is. Without the database nothing is received, and no past is known."""
        with self._lock:
            if self._kept and time.monotonic() - self._kept[0] < REMEMBERED:
                return self._kept[1]
            found = _look()
            self._kept = time.monotonic(), found
            return found


def _look() -> Status:
    try:
        incidents = _incidents()
    except Error as error:
        events.warn("status.database_down", error=str(error))
        connection.close()
        down = dict.fromkeys(Part, Condition.TROUBLE)
        return Status(down, [])
    lasting = {incident.part for incident in incidents if incident.until is None}
    parts = {part: Condition.TROUBLE if part in lasting else Condition.OK for part in Part}
    return Status(parts, incidents[:SHOWN])


def _incidents() -> list[Incident]:
    """Those of the last days, the newest first; what overlaps in a part is one."""
    rows = Alert.objects.filter(since__gt=now() - timedelta(days=DAYS)).order_by("since", "pk")
    found: dict[Part, list[Incident]] = {part: [] for part in Part}
    for key, since, until in rows.values_list("key", "since", "resolved_at"):
        part = Part.DELIVERING if key.startswith(CHANNELS) else PARTS.get(key)
        if part is None:
            continue
        known = found[part]
        last = known[-1] if known else None
        if last is None or (last.until is not None and last.until < since):
            known.append(Incident(part, since, until))
        else:
            ends = None if last.until is None or until is None else max(last.until, until)
            known[-1] = Incident(part, last.since, ends)
    return sorted((one for part in found.values() for one in part), key=_newest)


def _newest(incident: Incident) -> float:
    return -incident.since.timestamp()
