"""A receiver that costs as little as possible: `python -m bench.sink SOCKET_PORT_FILE`.

Answers every POST with 200. `GET /arrivals` gives [[seconds, path, comment], ...] and forgets
them, any other GET their number. Seconds are of the system-wide monotonic clock, so that another
process can subtract.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
COMMENT = re.compile(rb'"comment":"([^"]*)"')

arrivals: list[tuple[float, str, str]] = []


class Receiver(asyncio.Protocol):
    """One connection: finds the ends of requests, remembers when each one was complete."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while (end := self.waiting.find(b"\r\n\r\n")) >= 0:
            head = self.waiting[:end]
            length = LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.waiting) < whole:
                return
            body = self.waiting[end + 4 : whole]
            self.waiting = self.waiting[whole:]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        """Answer one request."""
        method, path, _ = head.split(b" ", 2)
        if method == b"GET":
            text = b"%d" % len(arrivals)
            if path == b"/arrivals":
                text = json.dumps(arrivals).encode()
                arrivals.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(text))
            self.transport.write(text)
            return
        found = COMMENT.search(body)
        arrivals.append((time.monotonic(), path.decode(), found[1].decode() if found else ""))
        self.transport.write(ANSWER)


async def main(port_file: str) -> None:
    """Listen on a free port of the loopback and write its number to PORT_FILE."""
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=1024)
    Path(port_file).write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
