"""Telegram's side of a bot: checks what it gets as the Bot API does, and shows it."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import msgspec
from aiohttp import web

from signalcast.channels.telegram.text import units
from signalcast.cli.sinks.received import MESSAGES, Messages, Received
from signalcast.core.clock import now

#: Seconds that a fetch is kept waiting at most.
WAITS = 50
#: UTF-16 units of a message.
LONGEST = 4_096

Length = Annotated[int, msgspec.Meta(ge=1)]
Offset = Annotated[int, msgspec.Meta(ge=0)]


class Entity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a text that is shown in a special way."""

    type: str
    offset: Offset
    length: Length


class LinkPreview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the first link is shown as a picture."""

    is_disabled: bool = False


class SendMessage(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters that a signal is sent with. There are more; none of them is used."""

    chat_id: int | Annotated[str, msgspec.Meta(pattern=r"^(@[A-Za-z]\w{3,31}|-?\d+)$")]
    text: Annotated[str, msgspec.Meta(min_length=1)]
    entities: list[Entity] = []
    link_preview_options: LinkPreview = LinkPreview()


class GetUpdates(msgspec.Struct, forbid_unknown_fields=True):
    """The parameters of a fetch. Nobody writes to this bot, so there is nothing to fetch."""

    offset: int = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 100
    timeout: Offset = 0
    allowed_updates: list[str] = []


def telegram_sink() -> web.Application:
    """Takes `POST /bot<token>/<method>`; to be served below the `base` of a bot's account."""
    app = web.Application()
    app[MESSAGES] = Messages()
    bot = r"/bot{token:\d+:[A-Za-z0-9_-]+}"
    app.router.add_post(f"{bot}/getMe", _get_me)
    app.router.add_post(f"{bot}/getUpdates", _get_updates)
    app.router.add_post(f"{bot}/sendMessage", _send_message)
    app.router.add_route("*", "/{anything:.*}", _unknown)
    return app


async def _get_me(request: web.Request) -> web.Response:
    return _done({"id": _bot_id(request), "is_bot": True, "first_name": "Demo"})


async def _get_updates(request: web.Request) -> web.Response:
    try:
        asked = msgspec.json.decode(await request.read(), type=GetUpdates)
    except (msgspec.DecodeError, RecursionError) as problem:
        return _wrong(400, f"Bad Request: {problem}")
    await asyncio.sleep(min(asked.timeout, WAITS))  # nobody is going to write meanwhile
    return _done([])


async def _send_message(request: web.Request) -> web.Response:
    body = await request.read()
    try:
        message = msgspec.json.decode(body, type=SendMessage)
    except (msgspec.DecodeError, RecursionError) as problem:
        return _wrong(400, f"Bad Request: {problem}")
    length = units(message.text)
    if length > LONGEST:
        return _wrong(400, "Bad Request: message is too long")
    if any(entity.offset + entity.length > length for entity in message.entities):
        return _wrong(400, "Bad Request: entity is beyond the end of the text")
    messages = request.app[MESSAGES]
    messages.keep(_received(message, body))
    chat = {"id": message.chat_id, "type": "private"}
    return _done({"message_id": messages.count, "date": int(now().timestamp()), "chat": chat})


async def _unknown(request: web.Request) -> web.Response:
    return _wrong(404, "Not Found")


def _bot_id(request: web.Request) -> int:
    return int(request.match_info["token"].partition(":")[0])


def _done(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _wrong(status: int, problem: str) -> web.Response:
    said = {"ok": False, "error_code": status, "description": problem}
    return web.json_response(said, status=status)


def _received(message: SendMessage, body: bytes) -> Received:
    units = message.text.encode("utf-16-le")
    bold = next((one for one in message.entities if one.type == "bold" and not one.offset), None)
    end = 2 * bold.length if bold else 0
    return Received(
        kind="telegram",
        at=now(),
        to=str(message.chat_id),
        subject=units[:end].decode("utf-16-le", "replace"),
        body=units[end:].decode("utf-16-le", "replace").strip(),
        raw=json.dumps(json.loads(body), indent=2, ensure_ascii=False),
    )
