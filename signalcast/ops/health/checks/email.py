"""The owner's mail servers take the accounts' names and passwords."""

from __future__ import annotations

import asyncio

from aiosmtplib import SMTPAuthenticationError, SMTPException
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.email.connections import Connections
from signalcast.channels.email.server import WrongServer, read_server
from signalcast.channels.models import Account
from signalcast.ops.health.accounts import sum_up
from signalcast.ops.health.finding import Check, Finding

WITHIN = 8.0


def look() -> Finding:
    """Connect and sign in with each account, all at the same time, and hand nothing in."""
    accounts = list(Account.objects.filter(kind="email").order_by("name"))
    return asyncio.run(_all(accounts))


async def _all(accounts: list[Account]) -> Finding:
    problems = await asyncio.gather(*(_problem(account) for account in accounts))
    return sum_up(
        accounts,
        problems,
        none=_("No mail server is set up."),
        well=_("Every mail server can be reached."),
    )


async def _problem(account: Account) -> str:
    connections = Connections(WITHIN)
    try:
        async with connections.line(read_server(account.settings), fresh=True):
            return ""
    except WrongServer as error:
        return str(error)
    except SMTPAuthenticationError:
        return _("It does not take the account's user name and password.")
    except (SMTPException, OSError, TimeoutError):
        return _("It cannot be reached.")
    finally:
        await connections.close()


check = Check(
    title=gettext_lazy("E-mail"),
    meaning=gettext_lazy("Signs in at each mail server that messages are handed in at."),
    run=look,
    every=600,
    within=12.0,
)
