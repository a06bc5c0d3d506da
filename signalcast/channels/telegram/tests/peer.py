"""The Bot API on the loopback: checks every call, and does as it is told."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from signalcast.channels.base import Address
from signalcast.channels.telegram.tests.bot_api import wrong_call
from signalcast.channels.tests.receiving import ASKED, Behaviour
from signalcast.channels.webhook.tests.peer import Peer as HttpPeer
from signalcast.channels.webhook.tests.peer import Say, plain

TOKEN = "4711:confidential-token-of-the-bot"
CHAT = "815"


def answer(status: int = 200, **content: object) -> bytes:
    """A reply of the Bot API."""
    body = json.dumps({"ok": status == 200, **content}).encode()
    return plain(status, "Content-Type: application/json", body=body)


def refusal(status: int, description: str, **parameters: int) -> bytes:
    """A reply that says no."""
    more = {"parameters": parameters} if parameters else {}
    return answer(status, error_code=status, description=description, **more)


def wait(seconds: int) -> bytes:
    """The reply of flood control."""
    said = f"Too Many Requests: retry after {seconds}"
    return refusal(429, said, retry_after=seconds)


def migrated(chat: int) -> bytes:
    """The reply to a message for a group that is a supergroup now."""
    said = "Bad Request: group chat was upgraded to a supergroup chat"
    return refusal(400, said, migrate_to_chat_id=chat)


SENT = answer(result={"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}})
BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")
NO_CHAT = refusal(400, "Bad Request: chat not found")
REVOKED = refusal(401, "Unauthorized")

ANSWERS: dict[Behaviour, Say] = {
    Behaviour.ACCEPT: SENT,
    Behaviour.FAIL: refusal(500, "Internal Server Error: Oh no"),
    Behaviour.REFUSE: BLOCKED,
    Behaviour.WAIT: wait(ASKED),
    Behaviour.ECHO: refusal(400, f"Bad Request: what is {TOKEN}?"),
}


class Peer(HttpPeer):
    """Telegram. `say(chat, ...)` tells how to take the next messages for one chat."""

    def __init__(self) -> None:
        super().__init__()
        self._behaviour = SENT
        #: Parameters of the messages that arrived, in their order.
        self.messages: list[dict[str, Any]] = []
        #: What no bot may ask.
        self.wrong: list[str] = []
        #: Updates that wait for a bot to fetch them.
        self.updates: list[dict[str, Any]] = []
        #: Parameters of the fetches.
        self.fetches: list[dict[str, Any]] = []
        self.fetching: deque[Say] = deque()

    def behave(self, behaviour: Behaviour) -> None:
        """Take every request like this from now on."""
        self._behaviour = ANSWERS.get(behaviour, behaviour)

    def account(self, **more: str) -> str:
        """The settings of a bot here."""
        return json.dumps({"token": TOKEN, "username": "desk_bot", "base": self.url("")} | more)

    def address(self) -> Address:
        """A person's chat. Its secret is the token, which nobody must be told."""
        return Address("peer", CHAT, TOKEN, self.account())

    def nowhere(self) -> Address:
        """The same where nobody listens."""
        account = json.dumps({"token": TOKEN, "base": super().nowhere().address.rstrip("/")})
        return Address("nowhere", CHAT, TOKEN, account)

    def texts(self, chat: str) -> list[str]:
        """What arrived in a chat."""
        return [said["text"] for said in self.messages if str(said["chat_id"]) == chat]

    async def _answer(
        self, path: str, head: str, body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        if path.startswith("/file/"):
            return await super()._answer(path, head, body, writer)
        method = path.rpartition("/")[2]
        parameters = json.loads(body)
        self.wrong += wrong_call(method, parameters)
        if path != f"/bot{TOKEN}/{method}":
            writer.write(REVOKED)
            return True
        if method == "getUpdates":
            return await self._fetched(parameters, writer)
        if method == "getFile":
            return await super()._answer(parameters["file_id"], head, body, writer)
        if method == "sendMessage":
            self.messages.append(parameters)
        chat = str(parameters.get("chat_id", ""))
        return await super()._answer(chat, head, body, writer)

    async def _fetched(self, parameters: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        self.fetches.append(parameters)
        self.updates = [
            update for update in self.updates if update["update_id"] >= parameters.get("offset", 0)
        ]
        if self.fetching:
            said = self.fetching.popleft()
            writer.write(said if isinstance(said, bytes) else REVOKED)
            return True
        until = asyncio.get_running_loop().time() + min(parameters.get("timeout", 0), 0.5)
        while not self.updates and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)
        writer.write(answer(result=self.updates[: parameters.get("limit", 100)]))
        await writer.drain()
        return True
