"""Django's cache: in Valkey or Redis, for all processes; while that is away, in each by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from signalcast.core import events
from signalcast.core.broker import broker_url, key
from signalcast.core.wake import QUIET_AFTER_FAILURE

Seconds = Any


class JsonSerializer:
    """Values as JSON: what is read from a server that others reach is never run."""

    def dumps(self, value: Any) -> bytes | int:
        # Plain integers are counted up by the server itself.
        return value if type(value) is int else json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class SharedCache(BaseCache):
    """What is lost with the server is no more than counts of tries: a sign-in works without it."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        prefix = {"KEY_PREFIX": key("cache")}
        options = {
            "serializer": JsonSerializer(),
            "socket_connect_timeout": 0.25,
            "socket_timeout": 1.0,
        }
        self._shared = RedisCache(broker_url(), prefix | {"OPTIONS": options})
        self._own = LocMemCache("shared_cache", prefix)
        self._quiet_until = 0.0

    def _ask(self, what: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= self._quiet_until:
            try:
                return what(self._shared)
            except redis.RedisError as error:
                self._quiet_until = time.monotonic() + QUIET_AFTER_FAILURE
                events.warn("cache.alone", error=str(error))
        return what(self._own)

    def add(
        self, key: str, value: Any, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask(lambda cache: cache.add(key, value, timeout, version)))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda cache: cache.get(key, default, version))

    def set(
        self, key: str, value: Any, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._ask(lambda cache: cache.set(key, value, timeout, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count up, at once for all processes. Raises ValueError where nothing is there."""
        return int(self._ask(lambda cache: cache.incr(key, delta, version)))

    def touch(
        self, key: str, timeout: Seconds = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._ask(lambda cache: cache.touch(key, timeout, version)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._ask(lambda cache: cache.delete(key, version)))

    def clear(self) -> None:
        """Forget what this process keeps by itself. The server has more than the cache in it."""
        self._own.clear()
