"""An intake that is started again as often as it dies: `python -m tests.acceptance.dying_intake`.

The real doors with the real committer, in a process that is forked from one with everything
imported: so a life costs milliseconds and a test can end a thousand of them. The listener stays
open between two lives, as a service manager would keep it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from typing import Any

# Sets Django up, which everything below needs.
import signalcast.asgi
import signalcast.core.celery  # noqa: F401 - what rings, which each life would import anew
from signalcast.core.env import environment
from signalcast.core.process import die_with_parent
from signalcast.intake.committer import Committer
from signalcast.intake.doors import Doors


def main(port: int) -> None:
    """Listen, and live again and again until this process is ended."""
    listener = socket.create_server(("127.0.0.1", port), backlog=64)
    sys.stdout.write("listens\n")
    sys.stdout.flush()
    while True:
        child = os.fork()
        if not child:
            die_with_parent(signal.SIGKILL, drain=None)
            asyncio.run(_live(listener))
        os.waitpid(child, 0)


async def _live(listener: socket.socket) -> None:
    committer = Committer(backlog=environment().intake_backlog)
    committer.start(asyncio.get_running_loop())
    doors = Doors(committer)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _answer(doors, reader, writer)

    server = await asyncio.start_server(serve, sock=listener)
    await server.serve_forever()


async def _answer(doors: Doors, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request, told to the doors as an ASGI server does."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).rstrip().split(b"\r\n")
    method, path, _version = first.decode().split(" ")
    headers = [
        (name.lower(), value.strip()) for name, _, value in (x.partition(b":") for x in lines)
    ]
    body = await reader.readexactly(int(dict(headers)[b"content-length"]))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    answer: list[bytes] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.append(b"HTTP/1.1 %d x\r\nconnection: close\r\n" % message["status"])
            answer.extend(b"%b: %b\r\n" % header for header in message["headers"])
            answer.append(b"\r\n")
        else:
            answer.append(message["body"])

    await doors({"type": "http", "method": method, "path": path, "headers": headers}, receive, send)
    # In one piece: cut within its headers it would pass for an answer without a body.
    writer.write(b"".join(answer))
    await writer.drain()
    writer.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
