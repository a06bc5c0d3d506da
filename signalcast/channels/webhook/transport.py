"""Webhooks: signed JSON posts, after Standard Webhooks 1.0."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from django.utils.translation import gettext as _

from signalcast.channels.base import (
    Address,
    AddressError,
    Content,
    Limits,
    Message,
    Outcome,
    Result,
    Transport,
)
from signalcast.channels.webhook.retry_after import retry_after
from signalcast.core.env import environment
from signalcast.core.http import (
    ANSWER_WITHIN,
    Answer,
    Client,
    NoAnswer,
    Unreachable,
    WrongUrl,
    check_url,
)
from signalcast.core.printable import printable
from signalcast.core.signing import sign

#: Seconds to leave a receiver alone that says 429 and not for how long.
USUAL_WAIT = 60.0
#: Characters of a refusing answer that are shown to people.
SHOWN = 200

ACCEPTED = {status: Result(Outcome.ACCEPTED, status) for status in range(200, 300)}


class Webhook:
    """The channel."""

    kind = "webhook"
    limits = Limits(in_flight=4, rate=50.0, burst=100)
    answer_within = ANSWER_WITHIN

    def check_address(self, text: str) -> str:
        """A URL of the public Internet."""
        try:
            return str(
                check_url(text.strip(), allow_private=environment().allow_private_destinations)
            )
        except WrongUrl as error:
            raise AddressError(str(error)) from error

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transport]:
        """A transport with connections of its own."""
        allow_private = environment().allow_private_destinations
        async with Client(allow_private=allow_private, answer_within=self.answer_within) as client:
            yield WebhookTransport(client)


class WebhookTransport:
    """Posts messages through a guarded client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, message: Message, address: Address) -> Result:
        """Post once. See `Transport.send`."""
        body = message.content.form("webhook", _render)
        stamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(stamp),
        }
        if address.secret:
            headers["webhook-signature"] = sign(address.secret, message.id, stamp, body)
        try:
            answer = await self._client.post(address.address, body, headers)
        except Unreachable as error:
            return Result(Outcome.FAILED, detail=str(error))
        except NoAnswer as error:
            return Result(Outcome.AMBIGUOUS, detail=str(error), at_once=error.dropped)
        return ACCEPTED.get(answer.status) or _refusal(answer, address)


def _refusal(answer: Answer, address: Address) -> Result:
    status = answer.status
    if status == 410:
        return Result(
            Outcome.REFUSED, status, _("It answered 410: nothing is wanted at this address.")
        )
    asked = retry_after(answer.headers.get("Retry-After", ""))
    if status == 429 or (status == 503 and asked is not None):
        wait = USUAL_WAIT if asked is None else asked
        detail = _("It answered %(status)d and asked to wait for %(seconds)d s.")
        return Result(Outcome.WAIT, status, detail % {"status": status, "seconds": wait}, wait)
    if 300 <= status < 400:
        return Result(
            Outcome.FAILED,
            status,
            _("It answered %(status)d, a redirect. Redirects are not followed: give its target.")
            % {"status": status},
        )
    detail = _("It answered %(status)d.") % {"status": status}
    said = _said(answer.body, address)
    return Result(Outcome.FAILED, status, f"{detail} {said}".rstrip())


def _said(body: bytes, address: Address) -> str:
    """The start of what it said, for people. An answer that repeats a secret is not shown."""
    text = body.decode("utf-8", "replace")
    path = address.address.partition("://")[2].partition("/")[2]
    hidden = [*address.secret.split(), path]
    if any(len(secret) > 1 and secret in text for secret in hidden):
        return ""
    return printable(text, SHOWN)


def _render(content: Content) -> bytes:
    return msgspec.json.encode(
        {"type": content.type, "timestamp": content.timestamp, "data": content.data}
    )


channel = Webhook()
