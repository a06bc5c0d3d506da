"""Reads a request's body, up to a limit, from whoever sends it at whatever speed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from signalcast.intake.problems import Problem

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

#: Seconds that a body may take.
MOST_SECONDS = 20.0
#: Of a refused body, so much is read before the answer: a client that still sends does not see
#: the answer, it sees a broken pipe.
DRAIN_BYTES = 16_777_216
DRAIN_SECONDS = 5.0


class Gone(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, *, most: int, declared: str) -> bytes:
    """The whole body. DECLARED is the Content-Length header, "" when there is none.

    Raises Problem 413 past MOST bytes, 408 when it takes too long, and Gone.
    """
    if len(declared) > 15 or (declared.isdigit() and int(declared) > most):
        await drain(receive)
        raise _too_large(most)
    message = await receive()
    if message["type"] != "http.request":
        raise Gone
    body: bytes = message.get("body", b"")
    # A server may announce more when all that was declared is there.
    complete = not message.get("more_body") or (declared.isdigit() and len(body) == int(declared))
    if complete and len(body) <= most:
        return body
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _read_on(receive, message, most)
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            _("The body did not arrive within %(seconds)d seconds.") % {"seconds": MOST_SECONDS},
        ) from None


async def _read_on(receive: Receive, message: MutableMapping[str, Any], most: int) -> bytes:
    chunks = [message.get("body", b"")]
    size = len(chunks[0])
    while message.get("more_body") and size <= most:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    if size > most:
        if message.get("more_body"):
            await drain(receive)
        raise _too_large(most)
    return b"".join(chunks)


async def drain(receive: Receive) -> None:
    """Read and forget the rest of a body, within bounds."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size <= DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _too_large(most: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _("The body may have %(most)s bytes.") % {"most": f"{most:,}"},
    )
