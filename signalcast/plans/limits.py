"""What a plan limits besides feeds and channels."""

from __future__ import annotations

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.plans.entitlement import current_subscriptions


def has_room(user: User, kind: str) -> bool:
    """Whether USER may add a destination on channel KIND.

    The largest of his plans with that channel counts; one without a limit, or none at all, allows
    any number: without a plan nothing is sent there anyway.
    """
    plans = current_subscriptions().filter(user=user, plan__channels__kind=kind)
    limits = list(plans.values_list("plan__destinations_per_channel", flat=True))
    counted = [limit for limit in limits if limit is not None]
    if not counted or len(counted) < len(limits):
        return True
    return Destination.objects.filter(owner=user, kind=kind).count() < max(counted)
