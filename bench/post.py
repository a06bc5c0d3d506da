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

    def __init__(self, token: str) -> None:
        self.head = (
            "POST /in/v1/signals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {token}\r\ncontent-length: "
        )
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = b""
        self.next()

    def next(self) -> None:
        """Send the next request, or stop."""
        if time.monotonic() >= Poster.until:
            self.transport.close()
            self.done.set_result(None)
            return
        Poster.sent += 1
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
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def main(port: int, seconds: float, connections: int, token: str) -> None:
    """Post for SECONDS and print what came of it."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    Poster.until = began + seconds
    posters = []
    for _ in range(connections):
        _, poster = await loop.create_connection(lambda: Poster(token), "127.0.0.1", port)
        posters.append(poster)
    await asyncio.gather(*(poster.done for poster in posters))
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
