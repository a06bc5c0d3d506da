"""The answer to `/start`: the chat is connected, or why it is not."""

from __future__ import annotations

import asyncio
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.channels.connect import connect
from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import Bot, Reply, WrongAccount, bot_of, call
from signalcast.channels.telegram.code import WrongCode, read_code
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.http import Client, NoAnswer


class NotAnswered(Exception):
    """Telegram would not take the answer now."""


def answer_start(
    *, account: int | None, chat: int, code: str, written: str, used: bool = False
) -> None:
    """The job: connect the chat if the code is good, and say in the chat what came of it.

    Safe to repeat. Raises NotAnswered and Unreachable, and is tried again then.
    """
    bot = None if account is None else Account.objects.filter(pk=account).first()
    language, sentence = settings.LANGUAGE_CODE, ""
    try:
        if used:
            raise WrongCode(_("This code was used before. Get a new one on your page."))
        if not code:
            raise WrongCode(_("To get signals here, open the link on your page."))
        meant = read_code(code, datetime.fromisoformat(written))
        user = User.objects.filter(pk=meant.user_id, is_active=True).first()
        through = Account.objects.filter(pk=meant.account_id, kind="telegram").first()
        if user is None or through is None or (bot is not None and bot != through):
            raise WrongCode(_("This code is not for this bot. Open the link on your page."))
        bot, language = through, user.language or language
        connect(owner=user, kind="telegram", text=str(chat), account=through)
        with translation.override(language):
            sentence = _("This chat is connected to %(email)s: signals come here from now on.")
            sentence %= {"email": user.email}
    except WrongCode as error:
        sentence = str(error)
    if bot is not None:
        _say(bot, chat, sentence)


def _say(account: Account, chat: int, sentence: str) -> None:
    try:
        reply = asyncio.run(_send(bot_of(account.settings), chat, sentence))
    except (WrongAccount, NoAnswer) as error:  # the second may have arrived: once is enough
        events.warn("telegram.not_answered", chat=chat, why=str(error))
        return
    if reply is None or reply.error_code >= 500 or reply.error_code == 429:
        raise NotAnswered(reply.description if reply else "")
    if not reply.ok:
        events.warn("telegram.not_answered", chat=chat, why=reply.description)


async def _send(bot: Bot, chat: int, text: str) -> Reply | None:
    async with Client(allow_private=environment().allow_private_destinations) as client:
        return await call(client, bot, "sendMessage", chat_id=chat, text=text)
