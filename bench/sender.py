"""One sender beside one bare aiohttp loop that does the same posts to the same sink."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aiohttp
import uvloop

from bench.row import Row, at_most, compared
from bench.stack import Stack, get, stack, wait_until

#: Few enough that most posts go to a destination that was posted to before, as in service.
SUBSCRIBERS = 2_000
POSTS = 5  # and in FAN_OUT below
DELIVERIES = SUBSCRIBERS * POSTS
ROUNDS = 3
IN_FLIGHT = 100


def measure() -> list[Row]:
    """Deliveries a second, interleaved rounds, and SQL statements per delivery."""
    rows = []
    for engine in ("sqlite", "postgresql"):
        ours, bare = [], []
        with stack(engine) as made:
            made.start("valkey")
            sink = made.sink()
            made.load(SUBSCRIBERS, sink)
            for _ in range(ROUNDS):
                bare.append(_bare(made, sink))
                ours.append(_ours(made, sink))
            rate, reference = sorted(ours)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
            rows.append(
                compared(
                    f"one sender, {engine}", rate, "posts/s", ("bare aiohttp loop", reference), 0.6
                )
            )
            if engine == "postgresql":
                rows.append(
                    at_most("SQL per delivery, in bulk", _statements(made, sink), "statements", 0.1)
                )
    return rows


def _rate(sink: str) -> float:
    """Arrivals a second between the first and the last."""
    wait_until(lambda: int(get(f"{sink}/count")) >= DELIVERIES, 120, "every post arrived")
    times = [at for at, _, _ in json.loads(get(f"{sink}/arrivals"))]
    return float(len(times) / (max(times) - min(times)))


def _bare(made: Stack, sink: str) -> float:
    made.python("-m", "bench.sender", sink)
    return _rate(sink)


def _ours(made: Stack, sink: str) -> float:
    made.python("-c", FAN_OUT)
    sender = made.start("sender")
    rate = _rate(sink)
    sender.terminate()
    sender.wait()
    return rate


def _statements(made: Stack, sink: str) -> float:
    """Statements the sender makes, as PostgreSQL logs them, for one fan-out."""
    log = made.home.parent / "pg" / "log"
    made.python("-c", FAN_OUT)
    made.python("-c", LOG_STATEMENTS)
    before = log.stat().st_size
    sender = made.start("sender")
    _rate(sink)
    sender.terminate()
    sender.wait()
    with log.open("rb") as lines:
        lines.seek(before)
        count = sum(b"statement:" in line or b"execute " in line for line in lines)
    return count / DELIVERIES


SETUP = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")
import django
django.setup()
"""

FAN_OUT = (
    SETUP
    + """
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
data = {"signal": {"id": "x", "symbol": "BTCUSDT", "side": "buy", "comment": "x" * 200}}
for _ in range(5):
    post = Post.objects.create(feed=Feed.objects.get(), type="signal.published", data=data)
    while not fan_out(post):
        pass
"""
)

LOG_STATEMENTS = (
    SETUP
    + """
from django.db import connection
cursor = connection.cursor()
cursor.execute("ALTER SYSTEM SET log_statement = 'all'")
cursor.execute("SELECT pg_reload_conf()")
"""
)


async def main(sink: str) -> None:
    """The bare loop: the same number of signed posts, 100 in flight, nothing else."""
    body = json.dumps({"type": "signal.published", "data": {"comment": "x" * 200}}).encode()
    headers = {
        "content-type": "application/json",
        "webhook-id": "msg_" + "x" * 26,
        "webhook-timestamp": str(int(time.time())),
        "webhook-signature": "v1," + "x" * 44,
    }
    numbers = iter(range(DELIVERIES))

    async def post(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            async with session.post(f"{sink}/{number}", data=body, headers=headers) as answer:
                await answer.read()

    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(post(session) for _ in range(IN_FLIGHT)))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
