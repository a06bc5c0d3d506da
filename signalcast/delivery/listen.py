"""Hear a bell. Losing the broker costs nothing but the hearing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import redis
from redis.asyncio import Redis

from signalcast.core import events
from signalcast.core.broker import broker_url
from signalcast.core.wake import Bell

#: Seconds between two tries to reach the broker.
AGAIN_AFTER = 1.0
#: Seconds that one question to the broker waits for a ring, and after which it counts as lost.
ASKED_FOR, ANSWERED_WITHIN = 10.0, 20.0


async def listen(bell: Bell, heard: Callable[[], None]) -> None:
    """Call HEARD whenever BELL rings, and once after each new connection. Runs until cancelled."""

    async def hear(client: Redis) -> None:
        async with client.pubsub() as channel:
            await channel.subscribe(bell.heard_by_all)
            # It may have rung while nobody heard it.
            heard()
            while True:
                if await channel.get_message(ignore_subscribe_messages=True, timeout=ASKED_FOR):
                    heard()

    await _connected(bell, hear)


async def stand_in_line(bell: Bell, heard: Callable[[], None], idle: asyncio.Event) -> None:
    """Call HEARD for a ring of BELL that nobody else in the line took, and once after each new
    connection. Runs until cancelled.

    Nobody takes a ring but while IDLE is set: one that came too late for that is passed on, and
    so is one at which HEARD clears it.
    """

    async def hear(client: Redis) -> None:
        heard()
        while True:
            await idle.wait()
            async with asyncio.timeout(ANSWERED_WITHIN):
                taken = await client.blpop([bell.heard_by_one], ASKED_FOR)
            if not taken:
                continue
            if idle.is_set():
                heard()
            if not idle.is_set():
                await client.lpush(bell.heard_by_one, "")

    await _connected(bell, hear)


async def _connected(bell: Bell, hear: Callable[[Redis], Awaitable[None]]) -> None:
    lost = False
    while True:
        # With a time for each of its steps, the client of Python 3.11 now and then overhears that
        # it is cancelled (bpo-37658): times are set around its answers.
        client = Redis.from_url(
            broker_url(), socket_connect_timeout=1.0, socket_timeout=None, health_check_interval=15
        )
        try:
            async with client:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    await client.ping()
                if lost:
                    events.emit("bell.found", bell=bell.name)
                lost = False
                await hear(client)
        except (redis.RedisError, OSError) as error:
            if not lost:
                events.warn("bell.unheard", bell=bell.name, error=str(error))
            lost = True
            await asyncio.sleep(AGAIN_AFTER)
