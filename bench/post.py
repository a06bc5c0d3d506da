"""A load generator that costs as little as possible: raw sockets, keep-alive, no client library.

`python -m bench.post PORT SECONDS CONNECTIONS TOKEN` prints {"rate", "p50", "p99", "refused"} as
JSON: accepted requests a second and milliseconds. Every request carries an id of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import cast

import uvloop

BODY = (
    '{"id":"%s-%08d","symbol":"BTCUSDT","side":"buy","order_type":"limit","entries":["64250.5"],'
    '"stop_loss":"63000","take_profits":[{"price":"65000","share":"0.5"},'
    '{"price":"66000","share":"0.5"}],"leverage":"5","timeframe":"1h","comment":""}'
)


class Poster(asyncio.Protocol):
    """One connection that always has one request under way."""

    run = os.urandom(4).hex()
    sent = 0
    refused = 0
    until = 0.0
    times: list[float] = []

    def __init__(self, token: str, port: int, done: asyncio.Future[None]) -> None:
        self.token = token
        self.port = port
        self.done = done
        self.head = (
            "POST /in/v1/signals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {token}\r\ncontent-length: "
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.waiting = b""
        self.next()

    def next(self) -> None:
        """Send the next request, or stop."""
        if time.monotonic() >= Poster.until:
            self.transport.close()
            self.done.set_result(None)
            return
        if self.transport.is_closing():
            return
        Poster.sent += 1
        self.answered = False
        body = BODY % (Poster.run, Poster.sent)
        self.began = time.monotonic()
        self.transport.write(f"{self.head}{len(body)}\r\n\r\n{body}".encode())

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        end = self.waiting.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.waiting[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self.waiting) < end + 4 + length:
            return
        if head[9:10] == b"2":
            Poster.times.append(time.monotonic() - self.began)
        else:
            Poster.refused += 1
        self.waiting = b""
        self.answered = True
        if b"connection: close" not in head:
            self.next()
        elif time.monotonic() >= Poster.until:
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done.done():
            return
        if self.answered:  # a server without keep-alive: the cost of connecting is its own
            asyncio.get_running_loop().create_task(connect(self.token, self.port, self.done))
        else:
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def connect(token: str, port: int, done: asyncio.Future[None]) -> None:
    """Open one connection that posts until the time is up, and then settles DONE."""
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: Poster(token, port, done), "127.0.0.1", port)


async def main(port: int, seconds: float, connections: int, token: str) -> None:
    """Post for SECONDS and print what came of it."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    Poster.until = began + seconds
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await connect(token, port, end)
    await asyncio.gather(*ends)
    elapsed = time.monotonic() - began
    times = sorted(Poster.times) or [0.0]
    figures = {
        "rate": len(Poster.times) / elapsed,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[int(len(times) * 0.99)] * 1000,
        "refused": Poster.refused,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
