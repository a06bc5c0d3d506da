"""What a sink keeps of the messages that reach it.

A sink is an aiohttp application that keeps its messages under the key MESSAGES:

    def telegram_sink() -> web.Application:
        app = web.Application()
        app[MESSAGES] = Messages()
        ...
        request.app[MESSAGES].keep(Received(kind="telegram", at=now(), ...))
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from signalcast.core import events

#: Messages that each sink keeps.
KEPT = 200


@dataclass(frozen=True, slots=True)
class Received:
    """One message. Every text is as it came: whoever shows it escapes it."""

    #: The channel's folder name: webhook, email, telegram, discord, apprise.
    kind: str
    at: datetime
    #: Whom it was for, as its medium says it: a path, a mailbox, a chat.
    to: str
    #: One line; empty where the medium has none.
    subject: str
    #: What a person reads.
    body: str
    #: The whole of what came, for those who want to look closely.
    raw: str


@dataclass(slots=True)
class Messages:
    """The last messages of one sink, newest first, and how many there were in all."""

    count: int = 0
    last: deque[Received] = field(default_factory=lambda: deque(maxlen=KEPT))

    def keep(self, received: Received) -> None:
        """Take one in."""
        self.count += 1
        self.last.appendleft(received)
        events.emit("sink.received", kind=received.kind, to=received.to, subject=received.subject)


MESSAGES: web.AppKey[Messages] = web.AppKey("messages", Messages)
