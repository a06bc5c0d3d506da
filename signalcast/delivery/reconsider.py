"""Look again at what is held, since its receiver wants it otherwise now."""

from __future__ import annotations

from django.db.models.functions import Now

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.pipeline import SEND


def reconsider(user: User) -> int:
    """Have the rules decide anew about all that USER's destinations are held. Returns how many.

    In the transaction that changes what is wanted.
    """
    mine = list(Destination.objects.filter(owner=user).values_list("pk", flat=True))
    count = Delivery.objects.filter(
        destination__in=mine, state=DeliveryState.HELD, leased_until=None, due__isnull=False
    ).update(due=Now())
    if count:
        ring_after_commit(SEND)
    return count
