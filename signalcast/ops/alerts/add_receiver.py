"""Somebody more who is told of alerts."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.channels.base import AddressError
from signalcast.channels.connect import check_address
from signalcast.channels.models import Account
from signalcast.core import events
from signalcast.ops.alerts.models import Receiver

#: Channels that send through an account of the owner's.
WITH_ACCOUNT = ("email", "telegram")


def add_receiver(kind: str, text: str, *, account: str = "", by: str) -> Receiver:
    """The receiver at the address in TEXT, on: the one there is, or a new one.

    ACCOUNT is the name of what it is sent through; it may be left out where there is one only.
    Raises AddressError with a sentence.
    """
    address, secret = check_address(kind, text)
    through = _account(kind, account)
    values = {"secret": secret, "account": through, "is_on": True}
    with transaction.atomic():
        found, made = Receiver.objects.update_or_create(kind=kind, address=address, defaults=values)
        audit("alerts.receiver_added", by=by, target=str(found), new=made)
    events.emit("alert.receiver_added", receiver=found.pk, kind=kind, new=made, by=by)
    return found


def _account(kind: str, name: str) -> Account | None:
    if kind not in WITH_ACCOUNT:
        return None
    known = Account.objects.filter(kind=kind).order_by("name")
    if name:
        known = known.filter(name=name)
    rows = list(known[:2])
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise AddressError(_("There are several accounts. Say which one it is sent through."))
    problem = _("There is no such account. Add a bot or a mail server under Destinations.")
    raise AddressError(problem)
