"""Hear a bell. Losing the broker costs nothing but the hearing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import redis
from redis.asyncio import Redis

from signalcast.core import events
from signalcast.core.broker import broker_url, key
from signalcast.core.wake import Bell

#: Seconds between two tries to reach the broker.
AGAIN_AFTER = 1.0


async def listen(bell: Bell, heard: Callable[[], None]) -> None:
    """Call HEARD whenever BELL rings, and once after each new connection. Runs until cancelled."""
    lost = False
    while True:
        client = Redis.from_url(broker_url(), socket_connect_timeout=1.0, health_check_interval=15)
        try:
            async with client, client.pubsub() as channel:
                await channel.subscribe(key(f"bell:{bell.name}"))
                if lost:
                    events.emit("bell.found", bell=bell.name)
                lost = False
                # It may have rung while nobody heard it.
                heard()
                while True:
                    if await channel.get_message(ignore_subscribe_messages=True, timeout=10.0):
                        heard()
        except (redis.RedisError, OSError) as error:
            if not lost:
                events.warn("bell.unheard", bell=bell.name, error=str(error))
            lost = True
            await asyncio.sleep(AGAIN_AFTER)
