"""Telegram: messages from a bot to people, groups and channels, through the Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from signalcast.channels.base import (
    Address,
    AddressError,
    Limits,
    Message,
    Outcome,
    Rate,
    Result,
    Transport,
)
from signalcast.channels.telegram.address import chat_of, rates_of
from signalcast.channels.telegram.bot import JSON, Bot, WrongAccount, bot_of
from signalcast.channels.telegram.judge import judge
from signalcast.channels.telegram.text import text_of
from signalcast.channels.wording import TooLong
from signalcast.core.env import environment
from signalcast.core.http import ANSWER_WITHIN, Client, NoAnswer, Unreachable


class Telegram:
    """The channel."""

    kind = "telegram"
    # A bot may send about 30 messages a second: 25 and a burst of 5 are 30 in any second.
    limits = Limits(in_flight=1, rate=1.0, burst=1, each=rates_of, account=Rate(25.0, 5))
    answer_within = ANSWER_WITHIN

    def check_address(self, text: str) -> str:
        """A chat's number or public name."""
        return chat_of(text)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transport]:
        """A transport with connections of its own."""
        allow_private = environment().allow_private_destinations
        async with Client(allow_private=allow_private, answer_within=self.answer_within) as client:
            yield TelegramTransport(client)


class TelegramTransport:
    """Calls sendMessage through a guarded client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def send(self, message: Message, address: Address) -> Result:
        """Send once, and once more where a group has moved. See `Transport.send`."""
        try:
            bot = bot_of(address.account)
            chat = chat_of(address.address)
            members = text_of(message.content, address.language)
        except WrongAccount as error:
            return Result(Outcome.FAILED, detail=str(error), account_fails=bool(address.account))
        except (AddressError, TooLong) as error:
            return Result(Outcome.FAILED, detail=str(error))
        result = await self._post(bot, chat, members, message.id)
        if result.moved_to:
            again = await self._post(bot, result.moved_to, members, message.id)
            result = replace(again, moved_to=again.moved_to or result.moved_to)
        return result

    async def _post(self, bot: Bot, chat: str, members: bytes, message_id: str) -> Result:
        # Names are in quotes; numbers need none.
        chat_id = f'"{chat}"' if chat.startswith("@") else chat
        body = b'{"chat_id":%b,%b}' % (chat_id.encode(), members)
        # Telegram ignores the id; whoever looks at what arrives can tell a repeated message.
        headers = {**JSON, "webhook-id": message_id}
        try:
            answer = await self._client.post(bot.url("sendMessage"), body, headers)
        except Unreachable as error:
            return Result(Outcome.FAILED, detail=str(error))
        except NoAnswer as error:
            return Result(Outcome.AMBIGUOUS, detail=str(error), at_once=error.dropped)
        return judge(answer, bot)


channel = Telegram()
