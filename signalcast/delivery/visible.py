"""Whose deliveries are whose to see: the only way that pages and programs get at them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from signalcast.accounts.models import User
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.plans.entitlement import readable_feeds


def visible_deliveries(user: User) -> QuerySet[Delivery]:
    """All deliveries for staff; else those to the user's own destinations of readable feeds."""
    if user.is_staff:
        return Delivery.objects.all()
    # What went to a segment goes by no feed: who got it may see that, and nobody else.
    theirs = Q(post__feed__in=readable_feeds(user)) | Q(post__feed=None, state=DeliveryState.SENT)
    return Delivery.objects.filter(theirs, destination__owner=user)
