"""Discord: embeds posted to a channel's webhook."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.base import (
    Address,
    AddressError,
    Hidden,
    Limits,
    Message,
    Outcome,
    Result,
    Transport,
)
from signalcast.channels.discord.address import Webhook, read_address
from signalcast.channels.discord.embed import embed
from signalcast.channels.discord.limits import RateLimits
from signalcast.channels.wording import TooLong
from signalcast.core.env import environment
from signalcast.core.http import ANSWER_WITHIN, Answer, Client, NoAnswer, Unreachable
from signalcast.core.printable import printable

#: Seconds that are waited here; a longer wait is left to whoever keeps the queue.
SHORT_WAIT = 1.0
#: Characters of a refusing answer that are shown to people.
SHOWN = 200

GONE = {
    401: gettext_lazy("Discord answered 401: its token is not valid. Make a new webhook."),
    403: gettext_lazy("Discord answered 403: the webhook may not post there. Make a new webhook."),
    404: gettext_lazy("Discord answered 404: the webhook was deleted. Make a new one."),
}


class Discord:
    """The channel."""

    kind = "discord"
    # Discord's own are about 5 in 2 s and 30 in 60 s; its headers have the last word.
    limits = Limits(in_flight=2, rate=2.5, burst=5)
    answer_within = ANSWER_WITHIN

    def check_address(self, text: str) -> str:
        """The address of a webhook, without what is not needed of it."""
        return str(read_address(text))

    def hide(self, address: str) -> Hidden:
        """Leave out the token, which lets anybody post."""
        return read_address(address).hidden

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transport]:
        """A transport with connections of its own."""
        allow_private = environment().allow_private_destinations
        async with Client(allow_private=allow_private, answer_within=self.answer_within) as client:
            yield DiscordTransport(client)


class DiscordTransport:
    """Posts embeds through a guarded client, as fast as Discord's answers allow."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._limits = RateLimits()

    async def send(self, message: Message, address: Address) -> Result:
        """Post once. See `Transport.send`."""
        try:
            webhook = read_address(address.secret or address.address)
            body = embed(message.content, address.language)
        except (AddressError, TooLong) as error:
            return Result(Outcome.FAILED, detail=str(error))
        key = f"{webhook.origin}/{webhook.id}"
        rest = await self._turn(key)
        if rest:
            detail = _("Discord's limit for this webhook is reached for %(seconds).1f s more.")
            return Result(Outcome.WAIT, detail=detail % {"seconds": rest}, wait=rest)
        # Discord ignores the id; whoever looks at what arrives can tell a repeated message.
        headers = {"Content-Type": "application/json", "webhook-id": message.id}
        try:
            answer = await self._client.post(webhook.posting_url, body, headers)
        except Unreachable as error:
            return Result(Outcome.FAILED, detail=str(error))
        except NoAnswer as error:
            return Result(Outcome.AMBIGUOUS, detail=str(error), at_once=error.dropped)
        return self._judge(answer, webhook, key)

    async def _turn(self, key: str) -> float:
        """Wait for a short time if that is enough. Returns the seconds that are left."""
        rest = self._limits.take(key, time.monotonic())
        if 0 < rest <= SHORT_WAIT:
            await asyncio.sleep(rest)
            rest = self._limits.take(key, time.monotonic())
        return rest

    def _judge(self, answer: Answer, webhook: Webhook, key: str) -> Result:
        status, clock = answer.status, time.monotonic()
        if status == 429:
            wait = self._limits.refused(key, answer, clock)
            detail = _("Discord answered 429 and asked to wait for %(seconds).1f s.")
            return Result(Outcome.WAIT, status, detail % {"seconds": wait}, wait)
        self._limits.learn(key, answer.headers, clock)
        if 200 <= status < 300:
            return Result(Outcome.ACCEPTED, status)
        if status in GONE:
            return Result(Outcome.REFUSED, status, str(GONE[status]))
        detail = _("Discord answered %(status)d.") % {"status": status}
        said = _said(answer, webhook)
        return Result(Outcome.FAILED, status, f"{detail} {said}".rstrip())


class _Problem(msgspec.Struct):
    message: str


def _said(answer: Answer, webhook: Webhook) -> str:
    """Discord's words for a problem. Words that repeat the token are not shown."""
    try:
        text = msgspec.json.decode(answer.body, type=_Problem).message
    except (msgspec.DecodeError, RecursionError):
        return ""
    return "" if webhook.token in text else printable(text, SHOWN)


channel = Discord()
