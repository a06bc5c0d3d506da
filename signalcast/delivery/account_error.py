"""Tell the owner when what a channel signs in with does not work, and when it does again."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.channels.models import Account, Destination
from signalcast.core import events


def set_account_error(destination: int, reason: str) -> None:
    """The account that a destination is reached through failed, for this REASON."""
    if _account_of(destination).exclude(last_error=reason).update(last_error=reason):
        events.warn("account.failed", destination=destination, reason=reason)


def clear_account_error(destination: int) -> None:
    """The account that a destination is reached through works."""
    if _account_of(destination).exclude(last_error="").update(last_error=""):
        events.emit("account.recovered", destination=destination)


def _account_of(destination: int) -> QuerySet[Account]:
    through = Destination.objects.filter(pk=destination).values("account_id")
    return Account.objects.filter(pk__in=through)
