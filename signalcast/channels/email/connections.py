"""Connections to mail servers, kept open between mails."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiosmtplib import SMTP, SMTPException

from signalcast.channels.email.server import Server

#: Connections to one server, from one process; servers refuse many.
MOST = 10
#: Mails over one connection: many servers end one after a hundred.
MAILS = 90
#: Seconds that a connection may rest: less than servers wait.
RESTS = 25.0


class Line:
    """One connection."""

    def __init__(self, client: SMTP) -> None:
        self.client = client
        self.mails = 0
        self.rested = time.monotonic()

    @property
    def usable(self) -> bool:
        """Whether another mail can go over it."""
        fresh = time.monotonic() - self.rested < RESTS
        return self.client.is_connected and self.mails < MAILS and fresh


class Connections:
    """All of one process. Used from one event loop."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._idle: dict[Server, deque[Line]] = defaultdict(deque)
        self._room: dict[Server, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(MOST))

    @asynccontextmanager
    async def line(self, server: Server, *, fresh: bool = False) -> AsyncIterator[Line]:
        """A connection for one mail; a new one where FRESH is asked for.

        It is kept afterwards unless the block raises. Raises what aiosmtplib does when none can
        be opened.
        """
        async with self._room[server]:
            line = (None if fresh else self._rested(server)) or await self._open(server)
            try:
                yield line
            except BaseException:
                line.client.close()
                raise
            line.mails += 1
            line.rested = time.monotonic()
            self._idle[server].append(line)

    def _rested(self, server: Server) -> Line | None:
        idle = self._idle[server]
        while idle:
            line = idle.pop()
            if line.usable:
                return line
            line.client.close()
        return None

    async def _open(self, server: Server) -> Line:
        client = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=self._within,
        )
        try:
            async with asyncio.timeout(self._within):
                await client.connect()
        except BaseException:
            client.close()
            raise
        return Line(client)

    async def close(self) -> None:
        """Say goodbye on all of them."""
        lines = [line for idle in self._idle.values() for line in idle]
        self._idle.clear()
        for line in lines:
            with suppress(SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await line.client.quit()
            line.client.close()
