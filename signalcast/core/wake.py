"""Bells: they tell a process that rows may be due. They carry no ids and may be lost or doubled.

Work is never in a bell, so a broker that is down costs a moment, not a signal: senders look
once a second by themselves and the rescuer every five.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import cache

import redis
from celery import current_app
from django.db import transaction

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.home import socket_directory

#: Seconds to leave a broker alone that did not answer, so that its absence slows nobody down.
QUIET_AFTER_FAILURE = 1.0


@dataclass(frozen=True, slots=True)
class Bell:
    """A name to ring. With a task, a Celery worker of QUEUE hears it; without, every listener."""

    name: str
    task: str = ""
    queue: str = ""


def broker_url() -> str:
    """Where the broker is: REDIS_URL, or the Valkey server in the home."""
    return environment().redis_url or f"unix://{socket_directory() / 'valkey.sock'}"


def celery_broker_url() -> str:
    """The same in Celery's spelling."""
    return broker_url().replace("unix://", "redis+socket://", 1)


@cache
def broker() -> redis.Redis:
    """A client with short time-outs. Commands raise redis.RedisError when the broker is away."""
    return redis.Redis.from_url(broker_url(), socket_connect_timeout=0.25, socket_timeout=1.0)


def key(name: str) -> str:
    """NAME inside this installation's part of the broker."""
    return f"{environment().namespace}:{name}"


_silence = threading.local()


def ring(bell: Bell) -> bool:
    """Ring now. Never raises; False when the broker could not be reached."""
    if time.monotonic() < getattr(_silence, "until", 0.0):
        return False
    try:
        if bell.task:
            current_app.send_task(bell.task, queue=bell.queue, retry=False, ignore_result=True)
        else:
            broker().publish(key(f"bell:{bell.name}"), b"")
    except Exception as error:  # a bell may be lost, for whatever reason
        _silence.until = time.monotonic() + QUIET_AFTER_FAILURE
        events.warn("bell.lost", bell=bell.name, error=str(error))
        return False
    return True


def ring_after_commit(bell: Bell) -> None:
    """Ring once the open transaction is committed, at once when there is none."""
    transaction.on_commit(lambda: ring(bell))
