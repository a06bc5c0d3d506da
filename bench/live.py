"""Live streams: 2,000 listeners on one installation, beside a bare ASGI app that says the same."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

import uvloop

from bench.row import Row, at_most, compared
from bench.stack import TOKEN, Stack, free_port, get, stack, wait_until

LISTENERS = 2_000
#: Signals a second, and signals in all, for the delay; posts at once for the rate.
PACE, PACED = 10, 60
BURST = 20

MAKE_TOKEN = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "signalcast.settings"
import django; django.setup()
from signalcast.accounts.models import User
from signalcast.live.renew_token import renew_token
from signalcast.plans.models import Plan, PlanChannel
PlanChannel.objects.get_or_create(plan=Plan.objects.get(), kind="live")
print(renew_token(User.objects.get(email="subscriber-0@example.org")))
"""


def measure() -> list[Row]:
    """Delay at ten signals a second, and deliveries a second of a burst."""
    with stack() as made:
        made.start("valkey")
        made.load(1, "http://127.0.0.1:9")
        token = made.python("-c", MAKE_TOKEN).split()[-1]
        made.start("web", "--workers", "1")
        for _ in range(2):
            made.start("worker")
        made.start("scheduler")
        made.ready()
        bare = _bare(made)
        delays = json.loads(made.python("-m", "bench.live", "paced", str(made.port), token))
        ours_rate = float(made.python("-m", "bench.live", "burst", str(made.port), token))
        bare_rate = float(made.python("-m", "bench.live", "burst", str(bare), "-"))
    return [
        at_most(
            f"live, {LISTENERS:,} listeners, {PACE} signals/s, p99",
            delays[int(len(delays) * 0.99)],
            "ms",
            200,
        ),
        compared(
            f"live, {LISTENERS:,} listeners, a burst", ours_rate, "events/s",
            ("bare ASGI app", bare_rate), 0.5,
        ),
    ]  # fmt: skip


def _bare(made: Stack) -> int:
    port = free_port()
    options = ("--interface", "asgi", "--workers", "1", "--loop", "uvloop", "--http", "1",
               "--no-ws", "--backlog", "4096", "--backpressure", "4096",
               "--log-level", "error")  # fmt: skip
    made.run(
        [sys.executable, "-m", "granian", *options, "--port", str(port), "bench.live:application"]
    )
    wait_until(lambda: get(f"http://127.0.0.1:{port}/"), 30, "the bare app answers")
    return port


class Listener(asyncio.Protocol):
    """One listener: counts events, and notes when each came."""

    arrived: list[tuple[bytes, float]] = []
    count = 0

    def __init__(self, token: str) -> None:
        self.token = token
        self.listening = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(  # type: ignore[attr-defined]
            b"GET /live/ HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n"
            b"authorization: Bearer " + self.token.encode() + b"\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self.listening = True
        found = data.count(b"event: signal.published")
        if found:
            Listener.count += found
            Listener.arrived.append((data, time.perf_counter()))


async def _listen(port: int, token: str) -> None:
    """Have all of them listen, a few at a time."""
    loop = asyncio.get_running_loop()
    for at in range(0, LISTENERS, 50):
        several = await asyncio.gather(
            *(
                loop.create_connection(lambda: Listener(token), "127.0.0.1", port)
                for _ in range(min(50, LISTENERS - at))
            )
        )
        await _until(partial(_all_listen, [listener for _transport, listener in several]))


def _all_listen(several: list[Listener]) -> bool:
    return all(listener.listening for listener in several)


async def _until(condition: Callable[[], bool], within: float = 120) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


async def _post(port: int, comments: list[str]) -> None:
    """Post signals at the door of an installation; the bare app is told how many to say."""
    body = json.dumps(
        [{"id": one, "symbol": "BTCUSDT", "side": "buy", "comment": one} for one in comments]
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /in/v1/signals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer " + TOKEN.encode() + b"\r\nconnection: close\r\n"
        b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )
    await reader.read()
    writer.close()


async def paced(port: int, token: str) -> None:
    """Post at a steady pace and print every delay in milliseconds, sorted."""
    await _listen(port, token)
    began: dict[str, float] = {}
    start = time.perf_counter()
    for number in range(PACED):
        await asyncio.sleep(max(0.0, start + number / PACE - time.perf_counter()))
        comment = f"mark-{number}-{uuid.uuid4().hex[:8]}"
        began[comment] = time.perf_counter()
        await _post(port, [comment])
    await _until(lambda: Listener.count >= LISTENERS * PACED)
    delays = []
    for data, at in Listener.arrived:
        for part in data.split(b'"comment":"mark-')[1:]:
            comment = "mark-" + part.partition(b'"')[0].decode()
            delays.append((at - began[comment]) * 1_000)
    print(json.dumps(sorted(delays)))


async def burst(port: int, token: str) -> None:
    """Post many at once and print how many events a second arrived."""
    await _listen(port, token)
    await _post(port, [f"burst-{number}-{uuid.uuid4().hex}" for number in range(BURST)])
    await _until(lambda: Listener.count >= LISTENERS * BURST)
    times = [at for _data, at in Listener.arrived]
    print(Listener.count / (max(times) - min(times)))


Scope = MutableMapping[str, Any]
EVENT = b"id: 1\nevent: signal.published\ndata: " + b"x" * 700 + b"\n\n"


class Bare:
    """Nothing but streams: each POST says BURST events to every listener."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[bytes]] = set()

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Scope]],
        send: Callable[[Scope], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != "/live/":
            for _ in range(BURST if scope["method"] == "POST" else 0):
                for waiting in self.queues:
                    waiting.put_nowait(EVENT)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self.queues.add(queue)
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
        while True:
            await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})


application = Bare()

if __name__ == "__main__":
    uvloop.run((paced if sys.argv[1] == "paced" else burst)(int(sys.argv[2]), sys.argv[3]))
