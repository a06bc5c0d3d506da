"""Connect a destination of somebody's own, as far as his plan and the channel let him."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.accounts.models import User, normal_email
from signalcast.accounts.roles import MANAGERS
from signalcast.channels.base import AddressError
from signalcast.channels.connect import check_address, connect
from signalcast.channels.models import Account, Destination
from signalcast.core.signing import new_secret
from signalcast.plans.limits import has_room
from signalcast.plans.states import Refused

#: Telegram chats of one's own are connected by the bot, which then knows that they are.
BY_LINK = "telegram"


def add_destination(
    user: User, kind: str, text: str, *, account: Account | None = None
) -> tuple[Destination, str]:
    """USER's destination at the address in TEXT, and the secret that signs what is sent there.

    The secret is empty where nothing is signed. Raises AddressError and Refused.
    """
    check_room(user, kind)
    if kind == BY_LINK:
        raise Refused(_("A chat is connected by writing to the bot. Its page shows how."))
    check_own_address(user, kind, text)
    secret = new_secret() if kind == "webhook" else ""
    made = connect(owner=user, kind=kind, text=text, secret=secret, account=account)
    return made, secret


def check_room(user: User, kind: str) -> None:
    """Raises Refused where the plan has no room for another one on channel KIND."""
    if not user.is_staff and not has_room(user, kind):
        raise Refused(
            _("Your plan has no room for another one on this channel. Delete one, or change it.")
        )


def check_own_address(user: User, kind: str, text: str) -> None:
    """Raises AddressError where USER may not be reached at the address in TEXT."""
    anybody = kind != "email" or user.has_role(*MANAGERS)
    if not anybody and normal_email(text) != user.email:
        said = _("Mails go to the address that you sign in with: %(address)s.")
        raise AddressError(said % {"address": user.email})
    check_address(kind, text)
