"""/metrics: for Prometheus on this machine, or with a token from elsewhere. Not public."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any

from django.db import close_old_connections

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.forwarded import BELIEVED
from signalcast.core.request_ids import is_trusted
from signalcast.ops.metrics.gauge import Gauge
from signalcast.ops.metrics.scrape import CONTENT_TYPE, Scrape, about_database, render

PATH = "/metrics"
#: Seconds that a scrape may take, and the database's part of it.
PATIENCE, DATABASE_PATIENCE = 9.0, 5.0
#: What proxies say about whom they ask for: then the other end of the line is not who asks.
FORWARDED = frozenset(
    (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")
) | {b"x-real-ip"}

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
PLAIN = (b"content-type", b"text/plain; charset=utf-8")


class MetricsDoor:
    """Answers scrapes of one web process. Lives in one event loop."""

    def __init__(self) -> None:
        # Threads of their own: a database that hangs must not take the pages' threads, and what
        # was counted is told all the same.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="metrics database")
        self._files = ThreadPoolExecutor(1, thread_name_prefix="metrics files")
        self._scrape = Scrape()
        self._asking: asyncio.Task[bytes] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], send: Send) -> None:
        """Answer one request."""
        status, headers, body = await self._answer(scope)
        headers = [
            *headers,
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def close(self) -> None:
        """End the threads."""
        self._database.shutdown(wait=False, cancel_futures=True)
        self._files.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, scope: MutableMapping[str, Any]) -> tuple[int, Headers, bytes]:
        settings = environment()
        if not (settings.observe and settings.metrics):
            return 404, [PLAIN], b"Not found\n"
        if not may_ask(scope, settings.metrics_token):
            if not settings.metrics_token:
                return 404, [PLAIN], b"Not found\n"
            challenge = (b"www-authenticate", b'Bearer realm="metrics"')
            return 401, [PLAIN, challenge], b"The token is missing or wrong.\n"
        if scope["method"] not in ("GET", "HEAD"):
            return 405, [PLAIN, (b"allow", b"GET, HEAD")], b"Only GET is answered here.\n"
        try:
            # One scrape for all who ask meanwhile.
            if self._asking is None or self._asking.done():
                self._asking = asyncio.get_running_loop().create_task(self._ask())
            body = await asyncio.wait_for(asyncio.shield(self._asking), PATIENCE)
        except Exception as error:
            events.warn("metrics.not_told", error=str(error) or "no answer in time")
            return 503, [PLAIN], b"The metrics could not be gathered.\n"
        return 200, [(b"content-type", CONTENT_TYPE.encode())], body

    async def _ask(self) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            asked = loop.run_in_executor(self._database, self._look)
            gauges = await asyncio.wait_for(asked, DATABASE_PATIENCE)
        except TimeoutError:
            events.warn("metrics.without_database", error="no answer in time")
            gauges = about_database(0, DATABASE_PATIENCE)
        return await loop.run_in_executor(self._files, render, gauges)

    def _look(self) -> list[Gauge]:
        close_old_connections()
        return self._scrape.gauges()


def may_ask(scope: MutableMapping[str, Any], token: str) -> bool:
    """Whether a request shows the TOKEN, or comes from this machine.

    A proxy between must be one of ours and say so: of one that says nothing, everybody's requests
    look alike.
    """
    headers = scope["headers"]
    if token and compare_digest(_shown(headers), token.encode()):
        return True
    peer = scope.get("client")
    return (
        peer is not None
        and _is_loopback(peer[0])
        and (scope.get(BELIEVED, False) or not is_trusted(peer[0]))
        and not any(name.lower() in FORWARDED for name, _value in headers)
    )


def _shown(headers: Headers) -> bytes:
    found = next((value for name, value in headers if name.lower() == b"authorization"), b"")
    scheme, _space, token = found.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else b""


def _is_loopback(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
