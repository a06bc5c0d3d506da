"""Make a destination of what somebody gave as an address."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.channels.base import AddressError, HidesAddresses
from signalcast.channels.models import Account, Destination
from signalcast.channels.registry import channel, kinds
from signalcast.channels.switch import switch, switched_on
from signalcast.core import events

LONGEST = 500


def connect(
    *,
    owner: User | None,
    kind: str,
    text: str,
    secret: str = "",
    account: Account | None = None,
) -> Destination:
    """The destination at the address in TEXT: the one there is, or a new one.

    Without an OWNER it is one that a feed broadcasts to. SECRET signs messages; where the address
    is a secret itself, only its public part is kept as the address and all of it, encrypted, as
    the secret. Connecting once more renews the secret and the account, and wakes a destination
    that was disabled. Raises AddressError with a sentence.
    """
    address, secret = check_address(kind, text, secret)
    rows = Destination.objects.filter(owner=owner, kind=kind, address=address)
    fresh = {"secret": secret, "account": account}
    with transaction.atomic():
        # A row without an owner is unique here only: to databases no two NULLs are the same.
        found, made = rows.order_by("pk").first(), False
        if found is None:
            found, made = rows.get_or_create(
                owner=owner, kind=kind, address=address, defaults=fresh
            )
        if made:
            events.emit("destination.connected", kind=kind, destination=str(found.uid))
        else:
            _renew(found, secret, account)
    return found


def check_address(kind: str, text: str, secret: str = "") -> tuple[str, str]:
    """The address of a channel as it is stored, and the secret to keep with it.

    Raises AddressError with a sentence.
    """
    if kind not in kinds():
        raise AddressError(
            _("There is no channel %(kind)s. Choose one of: %(kinds)s.")
            % {"kind": repr(kind), "kinds": ", ".join(kinds())}
        )
    found = channel(kind)
    address = found.check_address(text)
    if isinstance(found, HidesAddresses):
        address, secret = found.hide(address)
    if len(address) > LONGEST:
        problem = _("The address has %(count)d characters, %(most)d are allowed.")
        raise AddressError(problem % {"count": len(address), "most": LONGEST})
    return address, secret


def _renew(found: Destination, secret: str, account: Account | None) -> None:
    """Bring a known destination up to date, and back to life."""
    changes: dict[str, object] = {}
    if secret and found.secret != secret:
        changes["secret"] = secret
    if account is not None and found.account_id != account.pk:
        changes["account"] = account
    if found.state == Destination.State.DISABLED:
        changes |= switched_on()
    if not changes:
        return
    switch(found, changes)
    events.emit("destination.renewed", destination=str(found.uid), changed=sorted(changes))
