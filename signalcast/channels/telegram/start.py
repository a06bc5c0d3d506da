"""`/start`, with which somebody connects his chat by a code.

It is answered by a Job, which is written with the receipt's decision: neither the door nor a
decision waits for Telegram, and nothing is lost when it can't be reached.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
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
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.models import Job

JOB = "telegram_start"
START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<code>[A-Za-z0-9_-]{1,64}))?(?:\s.*)?", re.DOTALL)


class NotAnswered(Exception):
    """Telegram would not take the answer now."""


def ask_to_start(
    text: str, *, chat: int, written: datetime, account: Callable[[], Account | None]
) -> bool:
    """Have TEXT answered if it is /start; else False. Writes a Job in the caller's transaction.

    ACCOUNT finds the account of the bot that it was written to.
    """
    match = START.fullmatch(text.strip())
    if match is None:
        return False
    bot = account()
    code = match["code"] or ""
    asked = {
        "account": bot.pk if bot else None,
        "chat": chat,
        "code": code,
        "written": written.isoformat(),
    }
    if code:
        # The unique key makes the first to come the only one whom a code connects.
        key = f"{JOB}:{hashlib.sha256(code.encode()).hexdigest()[:32]}"
        job, made = Job.objects.get_or_create(
            schedule_run=key, defaults={"name": JOB, "queue": Queue.DEFAULT, "arguments": asked}
        )
        if not made and job.arguments != asked:
            Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments=asked | {"used": True})
    else:
        Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments=asked)
    ring_after_commit(RUN_JOBS)
    return True


def start(*, account: int | None, chat: int, code: str, written: str, used: bool = False) -> None:
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
