"""Telegram knows the owner's bots."""

from __future__ import annotations

import asyncio

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import WrongAccount, bot_of, call
from signalcast.core.env import environment
from signalcast.core.http import Client, NoAnswer, Unreachable
from signalcast.core.printable import printable
from signalcast.ops.health.accounts import sum_up
from signalcast.ops.health.finding import Check, Finding

WITHIN = 8.0


def look() -> Finding:
    """Have each bot ask who it is (getMe), all at the same time."""
    accounts = list(Account.objects.filter(kind="telegram").order_by("name"))
    return asyncio.run(_all(accounts))


async def _all(accounts: list[Account]) -> Finding:
    private = environment().allow_private_destinations
    async with Client(allow_private=private, answer_within=WITHIN) as client:
        problems = await asyncio.gather(*(_problem(client, account) for account in accounts))
    return sum_up(
        accounts,
        problems,
        none=_("No Telegram bot is set up."),
        well=_("Every bot is known to Telegram."),
    )


async def _problem(client: Client, account: Account) -> str:
    try:
        reply = await call(client, bot_of(account.settings), "getMe")
    except (WrongAccount, Unreachable, NoAnswer) as error:
        return str(error)
    if reply is None:
        return _("What answers there is not the Bot API.")
    if reply.ok:
        return ""
    said = {"code": reply.error_code, "said": printable(reply.description, 120)}
    return _("It answered %(code)d (%(said)s). Check the bot's token.") % said


check = Check(
    title=gettext_lazy("Telegram"),
    meaning=gettext_lazy("Asks the Bot API for each bot that messages are sent through."),
    run=look,
    every=600,
    within=15.0,
)
