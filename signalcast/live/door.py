"""`GET /live/`: signals as server-sent events, for browsers and programs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

import msgspec
from django.db import Error
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.intake.problems import Problem, unauthorized, wait_before_retry
from signalcast.live.asked import Asked, read_request
from signalcast.live.catch_up import catch_up
from signalcast.live.database_thread import Closed
from signalcast.live.frame import frame
from signalcast.live.hub import RIGHTS_EVERY, Hub
from signalcast.live.stream import MOST_WAITING, Stream
from signalcast.pipeline import LOOK_EVERY

PATH = "/live/"
#: Milliseconds after which a browser comes back: at once after a cut, later when all is not well.
COME_BACK, COME_BACK_LATER = 1_000, 5_000

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

    Posts are looked for every LOOK_EVERY seconds where no bell rings, and rights are looked at
    every RIGHTS_EVERY seconds; a listener that falls MOST_WAITING events behind is let go.
    """

    def __init__(
        self,
        *,
        look_every: float = LOOK_EVERY,
        rights_every: float = RIGHTS_EVERY,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._hub = Hub(look_every=look_every, rights_every=rights_every, most_waiting=most_waiting)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, until its listener goes, its right ends or this process stops."""
        asked = read_request(scope)
        try:
            stream = await self._open(asked)
        except Problem as problem:
            await _refuse(problem, send)
            return
        except (Closed, Error) as error:
            events.warn("live.not_opened", error=str(error).strip() or "this process stops")
            await _put_off(asked, send)
            return
        if stream is None:
            await _whole(send, 200, HEADERS)
            return
        gone = asyncio.ensure_future(_disconnected(receive))
        told = asyncio.ensure_future(self._tell(stream, asked, send))
        try:
            await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.drop(stream)
            gone.cancel()
            told.cancel()

    def close(self) -> None:
        """End all streams."""
        self._hub.close()

    async def _open(self, asked: Asked) -> Stream | None:
        """The stream that is asked for; None when only its head is."""
        if asked.method not in ("GET", "HEAD"):
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                _("Listen with GET."),
                headers=[(b"allow", b"GET, HEAD")],
            )
        right = await self._hub.admit(asked.shown)
        if right.listener is None:
            raise unauthorized(_("Sign in, or show a token for the live stream."))
        if right.feeds is None:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                _("No plan of yours has the live stream. Choose one that has it."),
            )
        return None if asked.method == "HEAD" else await self._hub.open(right, asked.since)

    async def _tell(self, stream: Stream, asked: Asked, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})

        async def say(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        try:
            await say(_come_back(COME_BACK))
            if asked.last_id:
                await catch_up(self._hub, stream, asked.since, say)
            # The listener remembers the place although nothing may have happened yet.
            await say(frame(str(stream.start), "", b""))
            while found := await stream.next():
                await say(found)
        except (Closed, Error) as error:  # it comes back with the same place
            events.warn("live.database_away", error=str(error).strip())
        except (OSError, RuntimeError) as error:  # it hung up while we spoke
            events.emit("live.hung_up", error=repr(error))
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _come_back(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _put_off(asked: Asked, send: Send) -> None:
    """Ask for patience. A browser that is told so by a status would never come back by itself."""
    if asked.wants_events and asked.method == "GET":
        await _whole(send, 200, HEADERS, _come_back(COME_BACK_LATER))
        return
    problem = Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("The live stream is not available right now. Come back in a few seconds."),
        headers=wait_before_retry(COME_BACK_LATER // 1_000),
    )
    await _refuse(problem, send)


async def _refuse(problem: Problem, send: Send) -> None:
    body = msgspec.json.encode(problem.document())
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        *problem.headers,
    ]
    await _whole(send, int(problem.status), headers, body)


async def _whole(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
