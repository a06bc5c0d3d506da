"""A bot of Telegram's: what an account holds of it, and how its methods are called."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from django.utils.translation import gettext as _

if TYPE_CHECKING:  # whoever only reads settings does without aiohttp, which is 7 MB
    from signalcast.core.http import Answer, Client

API = "https://api.telegram.org"
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{6,100}")
BASE = re.compile(r"https?://[a-zA-Z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
JSON = {"Content-Type": "application/json"}


class WrongAccount(ValueError):
    """Settings that no bot can be spoken to with; the text says what to do."""


class Bot(msgspec.Struct, frozen=True):
    """The settings of a Telegram account, kept as JSON in `Account.settings`."""

    #: As BotFather gave it. Whoever knows it is the bot.
    token: str
    #: The bot's name without "@", for links to it.
    username: str = ""
    #: Where the Bot API is.
    base: str = API
    #: What Telegram shows at the door, if the bot's updates come in there; else they are fetched.
    webhook_secret: str = ""
    #: The slug of the source that the bot's updates are for; empty when it only sends.
    source: str = ""

    def url(self, method: str) -> str:
        """Where a method is called. A secret: the token is part of it."""
        return f"{self.base.rstrip('/')}/bot{self.token}/{method}"


class Parameters(msgspec.Struct, frozen=True):
    """Why a request was not successful, for programs (ResponseParameters of the Bot API)."""

    #: Seconds.
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class Reply(msgspec.Struct, frozen=True):
    """What the Bot API answers to every call."""

    ok: bool
    result: msgspec.Raw = msgspec.Raw(b"null")
    error_code: int = 0
    description: str = ""
    parameters: Parameters = Parameters()


_reply = msgspec.json.Decoder(Reply).decode
_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=256)
def bot_of(settings: str) -> Bot:
    """The bot of an account's SETTINGS. Raises WrongAccount with a sentence."""
    if not settings:
        raise WrongAccount(_("It is sent through no bot. Choose the bot's account for it."))
    try:
        bot = msgspec.json.decode(settings, type=Bot)
    except (msgspec.DecodeError, RecursionError):
        problem = _("The bot's account is not filled in. Enter the bot's token.")
        raise WrongAccount(problem) from None
    if not TOKEN.fullmatch(bot.token):
        raise WrongAccount(
            _("The bot's token is none. Copy it from BotFather: digits, a colon, then letters.")
        )
    if not BASE.fullmatch(bot.base):
        raise WrongAccount(
            _("The address of the Bot API is none. Leave it out, unless you run your own server.")
        )
    return bot


async def call(client: Client, bot: Bot, method: str, **parameters: Any) -> Reply | None:
    """Call a method. Returns the reply; None when what came back is none.

    Raises Unreachable and NoAnswer, see `signalcast.core.http`.
    """
    return read_reply(await client.post(bot.url(method), _encode(parameters), JSON))


def read_reply(answer: Answer) -> Reply | None:
    """The Bot API's reply in an answer; None when it is something else."""
    try:
        return _reply(answer.body)
    except (msgspec.DecodeError, RecursionError):
        return None
