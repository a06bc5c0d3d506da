"""From the request at the door to the subscriber's webhook, with the whole product running."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from bench import memory
from bench.released import released
from bench.row import Row, at_most, noted
from bench.stack import TOKEN, Stack, get, stack, wait_until

#: Subscribers, signals a second, signals in all.
IDLE, BUSY, WIDE = (1, 4, 60), (10, 20, 400), (100, 5, 100)


def measure() -> list[Row]:
    """Idle, 20 signals a second to 10 subscribers, and 5 a second to 100."""
    with released() as release:
        return _measured(release)


def _measured(release: Path) -> list[Row]:
    with _running(IDLE[0], release) as (made, sink):
        rows = memory.measure(made.up.pid)
        idle = [delay for delays in _delays(made, sink, *IDLE) for delay in delays]
    with _running(BUSY[0], release) as (made, sink):
        busy = [delay for delays in _delays(made, sink, *BUSY) for delay in delays]
    with _running(WIDE[0], release) as (made, sink):
        last = [max(delays) for delays in _delays(made, sink, *WIDE)]
    name = "request to webhook"
    return [
        *rows,
        at_most(f"{name}, idle, p50", _quantile(idle, 0.5), "ms", 30),
        at_most(f"{name}, 20/s to 10, p50", _quantile(busy, 0.5), "ms", 50),
        at_most(f"{name}, 20/s to 10, p99", _quantile(busy, 0.99), "ms", 250),
        noted(f"{name}, 5/s to 100, the last, p50", _quantile(last, 0.5), "ms"),
        at_most(f"{name}, 5/s to 100, the last, p99", _quantile(last, 0.99), "ms", 500),
    ]


@contextmanager
def _running(subscribers: int, release: Path) -> Iterator[tuple[Stack, str]]:
    """The whole product with so many subscribers, warmed up by a few signals."""
    with stack(release=release) as made:
        sink = made.sink()
        made.load(subscribers, sink)
        made.up = made.start("up", "--port", str(made.port))
        made.ready()
        _delays(made, sink, subscribers, 5, 10)
        yield made, sink


def _delays(made: Stack, sink: str, subscribers: int, rate: float, count: int) -> list[list[float]]:
    """Post COUNT signals, RATE a second. Milliseconds to each subscriber, a list a signal."""
    posted = asyncio.run(_post(made, rate, count))
    wait_until(lambda: int(get(f"{sink}/count")) >= count * subscribers, 60, "every signal arrived")
    delays: dict[str, list[float]] = {comment: [] for comment in posted}
    for at, _, comment in json.loads(get(f"{sink}/arrivals")):
        delays[comment].append((at - posted[comment]) * 1000)
    return list(delays.values())


async def _post(made: Stack, rate: float, count: int) -> dict[str, float]:
    """Post at a steady rate, not waiting for answers. Returns when each request was begun."""
    posted: dict[str, float] = {}
    url = f"http://127.0.0.1:{made.port}/in/v1/signals"
    began = time.monotonic()
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {TOKEN}"}) as session:

        async def one(comment: str) -> None:
            signal = {"id": comment, "symbol": "BTCUSDT", "side": "buy", "comment": comment}
            posted[comment] = time.monotonic()
            async with session.post(url, json=signal) as answer:
                assert answer.status == 202, await answer.text()

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await asyncio.sleep(began + number / rate - time.monotonic())
                group.create_task(one(uuid.uuid4().hex))
    return posted


def _quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
