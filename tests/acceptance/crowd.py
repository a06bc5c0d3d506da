"""Many clients at once, each with a request in flight all the time, who note what went wrong."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self

from tests.acceptance.poster import TOKEN

#: Seconds that an answer may take under all that load.
PATIENCE = 30.0


@dataclass
class Crowd:
    """Posts signals and looks at pages, on connections that stay and on new ones, in turns."""

    port: int
    #: Clients that post, and that look at a page.
    posting: int
    looking: int
    page: str = "/sign-in/"
    pages_port: int = 0
    #: Answers by their status, and what happened instead of an answer.
    answers: dict[int, int] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._number = count()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(2 * PATIENCE)

    @property
    def answered(self) -> int:
        """How many requests were answered so far."""
        return sum(self.answers.values())

    async def _run(self) -> None:
        posting = [self._client(self._post, self.port, bool(n % 2)) for n in range(self.posting)]
        port = self.pages_port or self.port
        looking = [self._client(self._look, port, bool(n % 2)) for n in range(self.looking)]
        await asyncio.gather(*posting, *looking)

    def _post(self) -> bytes:
        signal = {"id": f"crowd-{next(self._number)}", "symbol": "BTCUSDT", "side": "buy"}
        body = json.dumps(signal).encode()
        return (
            b"POST /in/v1/signals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
        ) % (TOKEN.encode(), len(body), body)

    def _look(self) -> bytes:
        return b"GET %b HTTP/1.1\r\nhost: localhost\r\n\r\n" % self.page.encode()

    async def _client(self, make: Callable[[], bytes], port: int, stays: bool) -> None:
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while not self._stop.is_set():
            try:
                line = line or await asyncio.open_connection("127.0.0.1", port)
                line[1].write(make())
                status, ends = await asyncio.wait_for(_answer(line[0]), PATIENCE)
                self.answers[status] = self.answers.get(status, 0) + 1
            except (OSError, EOFError, TimeoutError) as error:
                self.dropped.append(f"{make.__name__}, stays={stays}: {error!r}")
                ends = True
            if line and (ends or not stays):
                line[1].close()
                line = None
        if line:
            line[1].close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status of an answer, and whether its connection ends with it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    first, *lines = head.split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines if line)
    if headers.get(b"transfer-encoding") == b"chunked":
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(headers[b"content-length"]))
    return int(first.split()[1]), headers.get(b"connection") == b"close"
