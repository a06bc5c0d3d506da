"""Bells: they tell a process that rows may be due. They carry no ids and may be lost or doubled.

Work is never in a bell, so a broker that is down costs a moment, not a signal: the senders
of a machine look once a second by themselves and the rescuer every five.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.db import transaction

from signalcast.core import events
from signalcast.core.broker import broker, key
from signalcast.core.error_text import error_text

#: Seconds to leave a broker alone that did not answer, so that its absence slows nobody down.
QUIET_AFTER_FAILURE = 1.0


@dataclass(frozen=True, slots=True)
class Bell:
    """A name to ring. With a task, a Celery worker of QUEUE hears it; without, every listener."""

    name: str
    task: str = ""
    queue: str = ""


_silence = threading.local()


def ring(bell: Bell) -> bool:
    """Ring now. Never raises; False when the broker could not be reached."""
    if time.monotonic() < getattr(_silence, "until", 0.0):
        return False
    try:
        if bell.task:
            from signalcast.core.celery import app  # heavy, and most commands never ring

            app.send_task(bell.task, queue=bell.queue, retry=False, ignore_result=True)
        else:
            broker().publish(key(f"bell:{bell.name}"), b"")
    except Exception as error:  # a bell may be lost, for whatever reason
        _silence.until = time.monotonic() + QUIET_AFTER_FAILURE
        events.warn("bell.lost", bell=bell.name, error=error_text(error))
        return False
    return True


def ring_after_commit(bell: Bell) -> None:
    """Ring once the open transaction is committed, at once when there is none."""
    transaction.on_commit(lambda: ring(bell))
