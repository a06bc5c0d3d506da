"""Which bot is whose."""

from __future__ import annotations

from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import Bot, WrongAccount, bot_of


def bots() -> list[tuple[Account, Bot]]:
    """All accounts of bots that can be spoken to. Few: an owner has one, or one for each feed."""
    found = []
    for account in Account.objects.filter(kind="telegram").order_by("pk"):
        try:
            found.append((account, bot_of(account.settings)))
        except WrongAccount:
            continue  # whoever sends through it says so
    return found


def account_for(source: str) -> Account | None:
    """The account of the bot whose updates are for the source with this slug."""
    return next((account for account, bot in bots() if bot.source == source), None)
