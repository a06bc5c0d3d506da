"""Note that a source was refused at a door, so that its owner sees why nothing arrives.

It is kept in the broker: a refused request costs the database nothing, whoever sends it how often.
A note may be lost, and its absence delays no answer.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import monotonic

import msgspec

from signalcast.core import clock, events
from signalcast.core.broker import broker, key

#: Seconds that a note is kept, and between two of one source from one process.
KEPT = 7 * 86_400
PAUSE = 5.0

_noted: dict[int, float] = {}


class Refusal(msgspec.Struct, frozen=True):
    """What was refused last, and why in words."""

    at: datetime
    why: str


def refusal_key(source: int) -> str:
    """Where the last refusal of a source is kept."""
    return key(f"refused:{source}")


def note_refusal(source: int, why: str) -> None:
    """Have it noted by a thread of the running loop. Never raises, never waits."""
    began = monotonic()
    if began - _noted.get(source, -PAUSE) < PAUSE:
        return
    _noted[source] = began
    body = msgspec.json.encode(Refusal(clock.now(), why))
    asyncio.get_running_loop().run_in_executor(None, _write, source, body)


def _write(source: int, body: bytes) -> None:
    try:
        broker().set(refusal_key(source), body, ex=KEPT)
    except Exception as error:  # a note may be lost, for whatever reason
        events.warn("refusal.lost", source=source, error=str(error))
