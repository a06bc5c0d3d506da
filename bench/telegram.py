"""The Telegram transport beside one bare aiohttp loop that makes the same calls.

The double checks that each call is one for sendMessage and answers as the Bot API does. Limits are
the sender's business, so there are none here.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from bench.row import Row, compared
from bench.sink import Receiver
from bench.stack import Stack, stack, wait_until
from signalcast.core.env import use_settings

MESSAGES = 10_000
IN_FLIGHT = 100
ROUNDS = 3
TOKEN = "4711:a-token-of-the-bench"
PATH = f"/bot{TOKEN}/sendMessage"
#: What is called with the numbers of chats, one after the other.
Send = Callable[[int], Awaitable[None]]


def measure() -> list[Row]:
    """Messages a second, interleaved rounds."""
    ours, bare = [], []
    with stack() as made:
        double = _double(made)
        for _ in range(ROUNDS):
            bare.append(float(made.python("-m", "bench.telegram", "bare", double)))
            ours.append(float(made.python("-m", "bench.telegram", "ours", double)))
    rate, reference = sorted(ours)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    return [
        compared("Telegram, limits off", rate, "messages/s", ("bare aiohttp loop", reference), 0.5)
    ]


def _double(made: Stack) -> str:
    """Start the Bot API's double and return its address."""
    port_file = made.home.parent / "telegram"
    made.run([sys.executable, "-m", "bench.telegram", "double", str(port_file)])
    wait_until(port_file.exists, 10, "the double listens")
    return f"http://127.0.0.1:{wait_until(port_file.read_text, 5, 'the double names its port')}"


class Double(Receiver):
    """A receiver that answers as the Bot API does."""

    def answer(self, head: bytes, body: bytes) -> None:
        """Answer one call."""
        if head.startswith(f"POST {PATH} ".encode()) and b'"chat_id":' in body:
            said = b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1}}}'
        else:
            said = b'{"ok":false,"error_code":400,"description":"Bad Request"}'
        self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
        self.transport.write(b"content-length: %d\r\n\r\n%b" % (len(said), said))


async def _listen(port_file: str) -> None:
    server = await asyncio.get_running_loop().create_server(Double, "127.0.0.1", 0, backlog=1024)
    Path(port_file).write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


@asynccontextmanager
async def _ours(double: str) -> AsyncIterator[Send]:
    """The product's transport, with one content for all, as in service."""
    import django

    use_settings()
    django.setup()
    from signalcast.channels.base import Address, Message, Outcome
    from signalcast.channels.registry import channel
    from signalcast.channels.wording import examples

    content = next(iter(examples("signal.published")))
    account = json.dumps({"token": TOKEN, "base": double})

    async with channel("telegram").open() as transport:

        async def send(chat: int) -> None:
            result = await transport.send(
                Message(f"msg_{chat:026}", content), Address("", str(chat), account=account)
            )
            assert result.outcome is Outcome.ACCEPTED, result

        yield send


@asynccontextmanager
async def _bare(double: str) -> AsyncIterator[Send]:
    """The library alone: the same calls, each answer read and looked at."""
    text = "BUY BTCUSDT\n\nCrypto - 1h\n\nEntry: 64250.5 - 64100 (limit)\nStop loss: 63000\n" * 2
    rest = {
        "text": text,
        "entities": [{"type": "bold", "offset": 0, "length": 11}],
        "link_preview_options": {"is_disabled": True},
    }
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def send(chat: int) -> None:
            async with session.post(double + PATH, json={"chat_id": chat, **rest}) as answer:
                assert (await answer.json())["ok"]

        yield send


async def _run(name: str, double: str) -> None:
    numbers = iter(range(1, MESSAGES + 1))

    async def work(send: Send) -> None:
        for number in numbers:
            await send(number)

    async with {"ours": _ours, "bare": _bare}[name](double) as send:
        began = time.monotonic()
        await asyncio.gather(*(work(send) for _ in range(IN_FLIGHT)))
        print(MESSAGES / (time.monotonic() - began))


if __name__ == "__main__":
    part, where = sys.argv[1:]
    uvloop.run(_listen(where) if part == "double" else _run(part, where))
