"""Where the broker is, and a client for it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from signalcast.core.env import environment
from signalcast.core.home import valkey_socket

# Imported where it is used: most commands never speak to the broker.
if TYPE_CHECKING:
    import redis


def broker_url() -> str:
    """Where the broker is: REDIS_URL, or the Valkey server in the home."""
    return environment().redis_url or f"unix://{valkey_socket()}"


def celery_broker_url() -> str:
    """The same in Celery's spelling."""
    return broker_url().replace("unix://", "redis+socket://", 1)


@cache
def broker() -> redis.Redis:
    """A client with short time-outs. Commands raise redis.RedisError when the broker is away."""
    import redis

    return redis.Redis.from_url(broker_url(), socket_connect_timeout=0.25, socket_timeout=1.0)


def key(name: str) -> str:
    """NAME inside this installation's part of the broker."""
    return f"{environment().namespace}:{name}"
