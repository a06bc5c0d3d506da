"""Discord's side of a webhook: checks what it gets as Discord does, and limits its rate."""

from __future__ import annotations

import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from aiohttp import web

from signalcast.channels.discord.markdown import unescape
from signalcast.cli.sinks.received import MESSAGES, Messages, Received
from signalcast.core.clock import now

#: Messages that a webhook takes, and in how many seconds.
MOST, WITHIN = 5, 2.0

Title = Annotated[str, msgspec.Meta(max_length=256)]
Description = Annotated[str, msgspec.Meta(max_length=4_096)]


class Embed(msgspec.Struct):
    """One embed, as far as it is looked at."""

    title: Title = ""
    description: Description = ""
    color: Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)] = 0
    timestamp: str = ""


class Execution(msgspec.Struct):
    """The body of a request."""

    content: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    embeds: Annotated[list[Embed], msgspec.Meta(max_length=10)] = []
    allowed_mentions: dict[str, Any] = {}


@dataclass(slots=True)
class _Webhooks:
    """When each webhook got its last messages."""

    times: dict[str, deque[float]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=MOST))
    )

    def take(self, webhook: str, clock: float) -> tuple[int, float]:
        """How many more it takes (-1: not even this one), and the seconds until it is fresh."""
        times = self.times[webhook]
        while times and times[0] <= clock - WITHIN:
            times.popleft()
        if len(times) == MOST:
            return -1, times[0] + WITHIN - clock
        times.append(clock)
        return MOST - len(times), times[0] + WITHIN - clock


_WEBHOOKS = web.AppKey("webhooks", _Webhooks)


def discord_sink() -> web.Application:
    """Takes `POST /<id>/<token>`; to be served below `/api/webhooks/`."""
    app = web.Application()
    app[MESSAGES] = Messages()
    app[_WEBHOOKS] = _Webhooks()
    app.router.add_post("/{id:[0-9]+}/{token:[A-Za-z0-9_-]+}", _receive)
    return app


async def _receive(request: web.Request) -> web.Response:
    webhook = request.match_info["id"]
    left, after = request.app[_WEBHOOKS].take(webhook, time.monotonic())
    headers = {
        "X-RateLimit-Limit": str(MOST),
        "X-RateLimit-Remaining": str(max(left, 0)),
        "X-RateLimit-Reset-After": f"{after:.3f}",
    }
    if left < 0:
        said = {"message": "You are being rate limited.", "retry_after": after, "global": False}
        return web.json_response(said, status=429, headers=headers)
    body = await request.read()
    try:
        execution = msgspec.json.decode(body, type=Execution)
    except (msgspec.DecodeError, RecursionError) as problem:
        return _wrong(str(problem), 50035, headers)
    if not execution.content and not execution.embeds:
        return _wrong("Cannot send an empty message", 50006, headers)
    request.app[MESSAGES].keep(_received(webhook, execution, body))
    return web.json_response({"id": "1", "channel_id": webhook}, headers=headers)


def _wrong(problem: str, code: int, headers: dict[str, str]) -> web.Response:
    return web.json_response({"message": problem, "code": code}, status=400, headers=headers)


def _received(webhook: str, execution: Execution, body: bytes) -> Received:
    embeds = execution.embeds
    texts = [execution.content, *(embed.description for embed in embeds)]
    return Received(
        kind="discord",
        at=now(),
        to=webhook,
        subject=" · ".join(unescape(embed.title) for embed in embeds if embed.title),
        body="\n\n".join(unescape(text) for text in texts if text),
        raw=json.dumps(json.loads(body), indent=2, ensure_ascii=False),
    )
