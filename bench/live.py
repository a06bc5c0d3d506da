"""Live streams: 2,000 listeners on one installation, beside a bare ASGI app that says the same."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from bench.row import Row, at_most, compared
from bench.stack import SETUP, TOKEN, Stack, get, stack, wait_until
from signalcast.core.ports import free_port
from signalcast.core.process import raise_descriptor_limit

LISTENERS = 2_000
#: Signals a second, signals to warm up with, and signals that are measured.
PACE, WARMING, PACED = 10, 10, 100
#: Posts at once, and rounds.
BURST, ROUNDS = 50, 3

DATA = {
    "feed": {"slug": "bench", "name": "Bench"},
    "signal": {
        "id": "0" * 32, "symbol": "BTCUSDT", "side": "buy", "order_type": "limit",
        "entries": ["64250.5"], "stop_loss": "63000", "leverage": "5", "timeframe": "1h",
        "take_profits": [{"price": "65000", "share": "0.5"}, {"price": "66000", "share": "0.5"}],
        "exit_price": None, "valid_until": None, "state": "open", "comment": "x" * 200,
    },
    "revision": {"number": 1, "kind": "new", "published_at": "2026-01-01T00:00:00+00:00"},
}  # fmt: skip

#: A listener is a user, so that rights are looked up for as many people as there are streams.
MAKE_TOKENS = """
import secrets, sys
from django.utils import timezone
from signalcast.accounts.models import User
from signalcast.core.secrets import token_digest
from signalcast.live.models import LiveToken
from signalcast.plans.models import Plan, PlanChannel, Subscription
plan = Plan.objects.get()
PlanChannel.objects.get_or_create(plan=plan, kind="live")
emails = [f"listener-{number}@example.org" for number in range(int(sys.argv[1]))]
users = User.objects.bulk_create([User(email=email, password="!") for email in emails])
Subscription.objects.bulk_create(
    [Subscription(user=user, plan=plan, starts_at=timezone.now()) for user in users]
)
tokens = [secrets.token_urlsafe(24) for user in users]
LiveToken.objects.bulk_create(
    [LiveToken(user=user, digest=token_digest(one)) for user, one in zip(users, tokens)]
)
print("\\n".join(tokens))
"""

POST_MANY = """
import json, sys
from signalcast.core.wake import ring
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed
from signalcast.pipeline import SEND
feed, count, data = Feed.objects.get(), int(sys.argv[1]), json.loads(sys.argv[2])
Post.objects.bulk_create(
    [Post(feed=feed, type="signal.published", data=data) for _ in range(count)]
)
ring(SEND)
"""


def measure() -> list[Row]:
    """Delay at ten signals a second, and events a second of a burst."""
    with stack() as made:
        made.load(0, "")
        tokens = made.home.parent / "tokens"
        tokens.write_text(made.django(MAKE_TOKENS, str(LISTENERS)))
        up = made.start("up", "--port", str(made.port))
        made.ready()
        delays = json.loads(made.python("-m", "bench.live", "paced", str(made.port), str(tokens)))
        up.terminate()
        up.wait()
        made.start("valkey")
        made.start("web", "--workers", "1")
        made.ready()
        bare, ours, other = _bare(made), [], []
        for _ in range(ROUNDS):
            ours.append(_burst(made, made.port, tokens))
            other.append(_burst(made, bare, tokens))
    rate, reference = sorted(ours)[ROUNDS // 2], sorted(other)[ROUNDS // 2]
    name = f"live, {LISTENERS:,} listeners"
    p99 = delays[int(len(delays) * 0.99)]
    return [
        at_most(f"{name}, request to listener, {PACE}/s, p99", p99, "ms", 200),
        compared(f"{name}, {BURST} posts at once", rate, "events/s", ("bare loop", reference), 0.5),
    ]


def _burst(made: Stack, port: int, tokens: Path) -> float:
    return float(made.python("-m", "bench.live", "burst", str(port), str(tokens)))


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


async def _listen(port: int, tokens: list[str]) -> None:
    """Have all of them listen, a few at a time."""
    loop = asyncio.get_running_loop()
    for at in range(0, LISTENERS, 100):
        several = await asyncio.gather(
            *(
                loop.create_connection(partial(Listener, token), "127.0.0.1", port)
                for token in tokens[at : at + 100]
            )
        )
        await _until(partial(_all_listen, [listener for _transport, listener in several]))


def _all_listen(several: list[Listener]) -> bool:
    return all(listener.listening for listener in several)


async def _until(condition: Callable[[], bool], within: float = 120) -> None:
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.005)


async def _post(port: int, path: str, body: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        b"authorization: Bearer %s\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
        % (path.encode(), TOKEN.encode(), len(body), body)
    )
    await reader.read()
    writer.close()


async def _at_pace(port: int, signals: int) -> dict[str, float]:
    """Post so many and wait until all are heard. Returns when each request was begun."""
    began: dict[str, float] = {}
    Listener.count = 0
    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(signals):
            await asyncio.sleep(max(0.0, start + number / PACE - time.perf_counter()))
            comment = f"mark-{number}-{uuid.uuid4().hex[:8]}"
            signal = {"id": comment, "symbol": "BTCUSDT", "side": "buy", "comment": comment}
            began[comment] = time.perf_counter()
            group.create_task(_post(port, "/in/v1/signals", json.dumps(signal).encode()))
    await _until(lambda: Listener.count >= LISTENERS * signals)
    return began


async def paced(port: int, tokens: list[str]) -> None:
    """Post at a steady pace and print every delay in milliseconds, sorted."""
    await _listen(port, tokens)
    await _at_pace(port, WARMING)
    Listener.arrived.clear()
    began = await _at_pace(port, PACED)
    delays = []
    for data, at in Listener.arrived:
        for part in data.split(b'"comment":"mark-')[1:]:
            comment = "mark-" + part.partition(b'"')[0].decode()
            delays.append((at - began[comment]) * 1_000)
    print(json.dumps(sorted(delays)))


async def burst(port: int, tokens: list[str]) -> None:
    """Have many posted at once and print how many events a second arrived."""
    await _listen(port, tokens)
    bare = await asyncio.to_thread(get, f"http://127.0.0.1:{port}/livez") == HELLO
    if bare:
        await _post(port, "/", b"")
    else:
        words = ("-c", SETUP + POST_MANY, str(BURST), json.dumps(DATA))
        posting = await asyncio.create_subprocess_exec(sys.executable, *words)
        assert not await posting.wait()
    await _until(lambda: Listener.count >= LISTENERS * BURST)
    times = [at for _data, at in Listener.arrived]
    print(Listener.count / (max(times) - min(times)))


Scope = MutableMapping[str, Any]
HELLO = b"only streams here"
SAID = {"type": "signal.published", "timestamp": "2026-01-01T00:00:00+00:00", "data": DATA}
EVENT = b"id: 1\nevent: signal.published\ndata: %s\n\n" % json.dumps(SAID).encode()


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
            await send({"type": "http.response.body", "body": HELLO})
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
    raise_descriptor_limit()
    part, where, path = sys.argv[1:]
    words = Path(path).read_text().split()
    uvloop.run({"paced": paced, "burst": burst}[part](int(where), words))
