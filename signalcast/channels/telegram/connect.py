"""The link with which somebody has signals sent to his chat."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import WrongAccount, bot_of
from signalcast.channels.telegram.code import make_code


def connect_link(user: User, account: Account, *, group: bool = False) -> str:
    """A link that opens the bot of ACCOUNT and, when USER presses Start, connects that chat.

    Good once and for 15 minutes. With GROUP it asks for a group to add the bot to. Raises
    WrongAccount with a sentence when the bot's name is not known.
    """
    bot = bot_of(account.settings)
    if not bot.username:
        raise WrongAccount(_("The bot's name is not known. Enter it in the bot's account."))
    start = "startgroup" if group else "start"
    return f"https://t.me/{bot.username.lstrip('@')}?{start}={make_code(user, account)}"
