"""The rows that a verb is about, kept from others, and the database's time."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models.functions import Now

from signalcast.accounts.models import User
from signalcast.core.clock import read_moment
from signalcast.plans.models import Subscription


class Locked(NamedTuple):
    """A subscription as it is now, and when that is."""

    subscription: Subscription
    now: datetime


def lock(pk: int) -> Locked:
    """Read a subscription; others who lock it wait until the open transaction is over.

    Raises Subscription.DoesNotExist.
    """
    found = Subscription.objects.select_for_update().annotate(now=Now()).get(pk=pk)
    return Locked(found, read_moment(found.now))


def lock_user(pk: int) -> datetime:
    """Let nobody else begin a subscription of this user meanwhile. Returns the database's time."""
    rows = User.objects.select_for_update().filter(pk=pk).annotate(now=Now())
    return read_moment(rows.values_list("now", flat=True).get())
