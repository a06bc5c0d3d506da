"""Fetch a picture that was written to a bot, and make sure that it is one."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import msgspec
from django.utils.translation import gettext as _

from signalcast.channels.telegram.bot import Bot, call
from signalcast.core.env import environment
from signalcast.core.http import Client, NoAnswer, Unreachable
from signalcast.core.printable import printable

#: Bytes of a picture. Telegram makes photos smaller; files may be larger.
LARGEST = 5_000_000
#: How files of each type begin. A name or a type that somebody gave says nothing.
BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
SHOWN = 200


class NoPicture(Exception):
    """There is nothing to show; the text says why and what to do."""


class Picture(NamedTuple):
    """A file of a type that browsers show as a picture and nothing else."""

    content_type: str
    body: bytes


class _File(msgspec.Struct):
    file_path: str = ""


def fetch_picture(bot: Bot, file_id: str) -> Picture:
    """The picture behind a file's id of the Bot API. Raises NoPicture."""
    try:
        return asyncio.run(_fetch(bot, file_id))
    except (Unreachable, NoAnswer) as error:
        raise NoPicture(_("Telegram cannot be asked for it: %(why)s") % {"why": error}) from error


async def _fetch(bot: Bot, file_id: str) -> Picture:
    private = environment().allow_private_destinations
    # One byte more than is allowed tells that it is too large.
    async with Client(allow_private=private, longest_answer=LARGEST + 1) as client:
        reply = await call(client, bot, "getFile", file_id=file_id)
        if reply is None or not reply.ok:
            said = printable(reply.description, SHOWN) if reply else ""
            raise NoPicture(_("Telegram does not have it any more. %(said)s") % {"said": said})
        try:
            path = msgspec.json.decode(reply.result, type=_File).file_path
        except msgspec.DecodeError:
            path = ""
        if not path:
            raise NoPicture(_("Telegram does not hand it out: it may be too large."))
        answer = await client.get(f"{bot.base.rstrip('/')}/file/bot{bot.token}/{path}")
    if answer.status != 200:
        raise NoPicture(_("Telegram answered %(status)d.") % {"status": answer.status})
    if len(answer.body) > LARGEST:
        raise NoPicture(_("It is too large to be shown here. Look at it in Telegram."))
    return Picture(_type_of(answer.body), answer.body)


def _type_of(body: bytes) -> str:
    """What a file is by its own beginning. Raises NoPicture."""
    for beginning, content_type in BEGINNINGS:
        if body.startswith(beginning):
            return content_type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    raise NoPicture(_("It is no picture, whatever its name says. Look at it in Telegram."))
