"""Bells: they tell a process that rows may be due. They carry no ids and may be lost or doubled.

Work is never in a bell, so a broker that is down costs a moment, not a signal: the senders
of a machine look once a second by themselves and the rescuer every five.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from signalcast.core import events
from signalcast.core.broker import broker, key
from signalcast.core.error_text import error_text

#: Rings that wait at most for somebody in the line who is free.
MOST_WAITING = 16
#: Seconds to leave a broker alone that did not answer, so that its absence slows nobody down.
QUIET_AFTER_FAILURE = 1.0


@dataclass(frozen=True, slots=True)
class Bell:
    """A name to ring. With a task, a Celery worker of QUEUE hears it; without, all who listen do,
    and one of those who stand in line."""

    name: str
    task: str = ""
    queue: str = ""

    @property
    def heard_by_all(self) -> str:
        """The broker's channel of those who listen."""
        return key(f"bell:{self.name}")

    @property
    def heard_by_one(self) -> str:
        """The broker's list that those in line wait at."""
        return key(f"bell:{self.name}:line")


_silence = threading.local()


def ring(bell: Bell) -> bool:
    """Ring now. Never raises; False when the broker could not be reached."""
    return _reach(bell, _ring_task if bell.task else _ring_all)


def call_another(bell: Bell) -> bool:
    """Have one more of those in line follow BELL: there is more to do than one can. As `ring`."""
    return _reach(bell, _call_one)


def _reach(bell: Bell, how: Callable[[Bell], object]) -> bool:
    if time.monotonic() < getattr(_silence, "until", 0.0):
        return False
    try:
        how(bell)
    except Exception as error:  # a bell may be lost, for whatever reason
        _silence.until = time.monotonic() + QUIET_AFTER_FAILURE
        events.warn("bell.lost", bell=bell.name, error=error_text(error))
        return False
    return True


def _ring_task(bell: Bell) -> None:
    from signalcast.core.celery import app  # heavy, and most commands never ring

    app.send_task(bell.task, queue=bell.queue, retry=False, ignore_result=True)


def _ring_all(bell: Bell) -> None:
    _call_one(bell)
    broker().publish(bell.heard_by_all, b"")


def _call_one(bell: Bell) -> None:
    # Rings that nobody takes are no more than those who may come.
    if broker().lpush(bell.heard_by_one, b"") > MOST_WAITING:
        broker().ltrim(bell.heard_by_one, 0, MOST_WAITING - 1)


def ring_after_commit(bell: Bell) -> None:
    """Ring once the open transaction is committed, at once when there is none."""
    transaction.on_commit(lambda: ring(bell))
