"""The e-mail transport beside a bare aiosmtplib loop that hands in the same mail."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from aiosmtplib import SMTP

from bench.row import Row, compared
from bench.stack import Stack, stack, wait_until
from signalcast.core.env import use_settings

MAILS = 4_000
#: Connections of both, and mails that are under way in ours.
CONNECTIONS = 10
IN_FLIGHT = 20
ROUNDS = 3


def measure() -> list[Row]:
    """Mails a second, interleaved rounds."""
    ours, bare = [], []
    with stack() as made:
        port = _server(made)
        for _ in range(ROUNDS):
            bare.append(float(made.python("-m", "bench.email", "bare", port)))
            ours.append(float(made.python("-m", "bench.email", "ours", port)))
    rate, reference = sorted(ours)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    return [
        compared("e-mail to a local server", rate, "mails/s", ("bare aiosmtplib", reference), 0.5)
    ]


def _server(made: Stack) -> str:
    """Start a mail server that keeps nothing, and return its port."""
    port_file = made.home.parent / "smtp"
    made.run([sys.executable, "-m", "bench.email", "server", str(port_file)])
    wait_until(port_file.exists, 10, "the mail server listens")
    return str(wait_until(port_file.read_text, 5, "the mail server names its port"))


class Session(asyncio.Protocol):
    """One connection to the mail server: says yes to everything."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.waiting = b""
        self.in_mail = False
        self.transport.write(b"220 bench\r\n")

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while True:
            end = b"\r\n.\r\n" if self.in_mail else b"\r\n"
            head, found, rest = self.waiting.partition(end)
            if not found:
                return
            self.waiting = rest
            self._answer(head[:4].upper())

    def _answer(self, verb: bytes) -> None:
        if self.in_mail:
            self.in_mail = False
            self.transport.write(b"250 Ok\r\n")
        elif verb == b"DATA":
            self.in_mail = True
            self.transport.write(b"354 Go on\r\n")
        elif verb == b"EHLO":
            self.transport.write(b"250-bench\r\n250 8BITMIME\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 Bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 Ok\r\n")


async def serve(port_file: str) -> None:
    """Serve until this process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Session, "127.0.0.1", 0, backlog=256)
    Path(port_file).write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


async def timed(send: Callable[[int], Awaitable[None]], at_once: int) -> float:
    """Mails a second of SEND, which is called with their numbers."""
    numbers = iter(range(MAILS))

    async def work() -> None:
        for number in numbers:
            await send(number)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return MAILS / (time.perf_counter() - began)


def _mail(number: int, port: int) -> bytes:
    """The mail that both send, as ours composes it."""
    from signalcast.channels.base import Message
    from signalcast.channels.email.compose import Reader, compose
    from signalcast.channels.email.server import read_server
    from signalcast.channels.wording import examples

    message = Message(f"msg_{number:026}", next(iter(examples("signal.published"))))
    return compose(message, Reader("a@example.org", "en", ""), read_server(_account(port)))


def _account(port: int) -> str:
    return json.dumps(
        {"host": "127.0.0.1", "port": port, "security": "none", "from": "S <s@example.org>"}
    )


async def bare(port: int) -> float:
    """The same mail again and again, over as many connections, by the library alone."""
    mail = _mail(1, port)
    clients = [
        SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        for _ in range(CONNECTIONS)
    ]
    for client in clients:
        await client.connect()
    idle = asyncio.Queue[SMTP]()
    for client in clients:
        idle.put_nowait(client)

    async def send(number: int) -> None:
        client = await idle.get()
        await client.sendmail("s@example.org", [f"a{number}@example.org"], mail)
        idle.put_nowait(client)

    return await timed(send, CONNECTIONS)


async def ours(port: int) -> float:
    """Mails to one address each, composed and handed in by the transport."""
    from signalcast.channels.base import Address, Message
    from signalcast.channels.email.transport import channel
    from signalcast.channels.wording import examples

    content = next(iter(examples("signal.published")))
    account = _account(port)
    async with channel.open() as transport:

        async def send(number: int) -> None:
            address = Address(str(number), f"a{number}@example.org", account=account)
            result = await transport.send(Message(f"msg_{number:026}", content), address)
            assert result.status == 250, result

        return await timed(send, IN_FLIGHT)


def main(act: str, argument: str) -> None:
    """Be the server, or one of the two that send."""
    if act == "server":
        uvloop.run(serve(argument))
        return
    use_settings()
    import django

    django.setup()
    print(uvloop.run((ours if act == "ours" else bare)(int(argument))))


if __name__ == "__main__":
    main(*sys.argv[1:])
