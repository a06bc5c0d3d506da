"""A webhook receiver on the loopback that does as it is told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from signalcast.channels.base import Address
from signalcast.channels.tests.receiving import ASKED, Behaviour
from signalcast.core.signing import new_secret

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that arrived whole."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's content."""
        return json.loads(self.body)


def plain(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer with a status."""
    lines = [f"HTTP/1.1 {status} Status", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


#: How to take a request: a behaviour, raw bytes to answer, or seconds to take over accepting it.
Say = Behaviour | bytes | float

ANSWERS = {
    Behaviour.ACCEPT: OK,
    Behaviour.FAIL: plain(500, body=b"<h1>Oh no</h1>\x00\xff"),
    Behaviour.REFUSE: plain(410),
    Behaviour.WAIT: plain(429, f"Retry-After: {ASKED}"),
    Behaviour.GARBAGE: b"\x00\xff\xfe complete nonsense\r\n\r\n",
}


class Peer:
    """Accepts everything unless `behave` (everywhere) or `say` (at one path) tells otherwise."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.in_flight: dict[str, int] = defaultdict(int)
        self.most_in_flight: dict[str, int] = defaultdict(int)
        self.connections = 0
        self.secret = new_secret()
        self._behaviour: Say = Behaviour.ACCEPT
        self._writers: list[asyncio.StreamWriter] = []
        self._said: dict[str, deque[Say]] = {}

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = int(self._socket.getsockname()[1])
        # Stands before the thread runs: a peer that is stopped at once must stop cleanly.
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, sock=self._socket)
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def received(self) -> list[str]:
        """The ids that arrived, in their order."""
        return [arrival.headers["webhook-id"] for arrival in self.arrivals]

    def url(self, path: str = "/") -> str:
        """An address at this receiver."""
        return f"http://127.0.0.1:{self.port}{path}"

    def address(self) -> Address:
        """An address of it, with a secret."""
        return Address("peer", self.url("/hooks/confidential-path"), self.secret)

    def nowhere(self) -> Address:
        """An address where nobody listens."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return Address("nowhere", f"http://127.0.0.1:{probe.getsockname()[1]}/")

    def behave(self, behaviour: Behaviour) -> None:
        """Take every request like this from now on."""
        self._behaviour = behaviour

    def say(self, path: str, *answers: Say) -> None:
        """Take the next requests at PATH like this, one after the other, the last for ever."""
        self._said[path] = deque(answers)

    def hang_up(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            self._loop.call_soon_threadsafe(writer.close)

    def at(self, path: str) -> list[Arrival]:
        """What arrived at PATH."""
        return [arrival for arrival in self.arrivals if arrival.path == path]

    def _serve(self) -> None:
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while await self._request(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = first.split(" ")[1]
        self.arrivals.append(Arrival(time.monotonic(), path, headers, body))
        self.in_flight[path] += 1
        self.most_in_flight[path] = max(self.most_in_flight[path], self.in_flight[path])
        try:
            return await self._answer(path, head, body, writer)
        finally:
            self.in_flight[path] -= 1

    async def _answer(
        self, path: str, head: str, body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        said = self._said.get(path)
        behaviour = self._behaviour
        if said:
            behaviour = said.popleft() if len(said) > 1 else said[0]
        match behaviour:
            case Behaviour.DROP:
                return False
            case Behaviour.HANG:
                await asyncio.sleep(60)
            case Behaviour.FLOOD:
                writer.write(b"HTTP/1.1 500 Flood\r\nTransfer-Encoding: chunked\r\n\r\n")
                while True:
                    writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                    await writer.drain()
            case Behaviour.ECHO:
                writer.write(plain(400, body=head.encode() + self.secret.encode() + body))
            case float():
                await asyncio.sleep(behaviour)
                writer.write(OK)
            case _:
                answer = ANSWERS[behaviour] if isinstance(behaviour, Behaviour) else behaviour
                writer.write(answer)
        await writer.drain()
        return True
