"""`GET /live/`: signals as server-sent events, for browsers and programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.conf import settings
from django.db import Error
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.intake.problems import Problem, unauthorized, wait_before_retry
from signalcast.live.cursor import Cursor, read_cursor
from signalcast.live.hub import MOST_WAITING, RIGHTS_EVERY, Hub, Stream, frame
from signalcast.live.rows import listener_of

PATH = "/live/"
#: Seconds between two signs of life, for proxies that end what is silent.
HEARTBEAT = 15.0
#: Milliseconds after which a browser comes back.
COME_BACK = 1_000

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    # Without it nginx keeps events until its buffer is full.
    (b"x-accel-buffering", b"no"),
]


class Live:
    """Answers at PATH. One for each web process.

    Rights are looked at every RIGHTS_EVERY seconds; a listener that falls MOST_WAITING events
    behind is let go.
    """

    def __init__(
        self, *, rights_every: float = RIGHTS_EVERY, most_waiting: int = MOST_WAITING
    ) -> None:
        self._hub = Hub(rights_every=rights_every, most_waiting=most_waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, until its listener goes, its right ends or this process stops."""
        try:
            stream, since = await self._open(scope)
        except Problem as problem:
            await _refuse(problem, send)
            return
        gone = asyncio.ensure_future(_disconnected(receive))
        told = asyncio.ensure_future(self._tell(stream, since, send))
        try:
            await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.drop(stream)
            gone.cancel()
            told.cancel()

    def close(self) -> None:
        """End all streams."""
        self._hub.close()

    async def _open(self, scope: Scope) -> tuple[Stream, Cursor | str | None]:
        if scope["method"] != "GET":
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                _("Listen with GET."),
                headers=[(b"allow", b"GET")],
            )
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        session, token = _credentials(headers, query)
        try:
            listener = await self._hub.ask(lambda: listener_of(session, token))
            stream = await self._hub.open(listener) if listener else None
        except Error:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                _("The database does not answer. Come back in a second."),
                headers=wait_before_retry(1),
            ) from None
        if listener is None:
            raise unauthorized(_("Sign in, or show a token for the live stream."))
        if stream is None:
            raise Problem(HTTPStatus.FORBIDDEN, _("No plan of yours has the live stream."))
        last = headers.get("last-event-id") or query.get("last_event_id", [""])[0]
        return stream, (read_cursor(last) or last) if last else None

    async def _tell(self, stream: Stream, since: Cursor | str | None, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})

        async def say(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        try:
            if since is None:
                # The browser remembers the place although nothing has happened yet.
                await say(b"retry: %d\n" % COME_BACK + frame(str(stream.start), "", b""))
            else:
                await self._replay(stream, since, say)
            while (found := await _next(stream)) is not None:
                await say(found)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, RuntimeError) as error:  # it hung up while we spoke
            events.emit("live.hung_up", error=repr(error))
        except Error as error:  # it comes back with the same place
            events.warn("live.database_away", error=str(error).strip())

    async def _replay(
        self, stream: Stream, since: Cursor | str, say: Callable[[bytes], Awaitable[None]]
    ) -> None:
        """Tell what was missed. Whoever was away too long starts afresh, and is told so."""
        missed = await self._hub.replay(stream, since) if isinstance(since, Cursor) else None
        if missed is None or not isinstance(since, Cursor):
            why = _("What was missed is not kept any more. Load the page again.").encode()
            await say(frame(str(stream.start), "reset", why))
            return
        left = set(since.missing)
        top = since.top
        for post in missed:
            left.discard(post.id)
            top = max(top, post.id)
            late = {number for number in stream.start.missing if number < top}
            await say(frame(str(Cursor(top, frozenset(left | late))), post.type, post.body))
        await say(frame(str(stream.start), "", b""))


async def _next(stream: Stream) -> bytes | None:
    """The next frame, or a sign of life when there is none for a while."""
    try:
        async with asyncio.timeout(HEARTBEAT):
            return await stream.frames.get()
    except TimeoutError:
        return b":\n\n"


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(problem: Problem, send: Send) -> None:
    body = msgspec.json.encode(problem.document())
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        *problem.headers,
    ]
    await send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _credentials(headers: dict[str, str], query: dict[str, list[str]]) -> tuple[str, str]:
    """The session's key and the token that a request shows."""
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return "", token.strip()
    if token := query.get("token", [""])[0]:
        return "", token
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        cookie = None
    return cookie.value if cookie else "", ""
