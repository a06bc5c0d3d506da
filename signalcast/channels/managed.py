"""Whose destinations are whose to change: the only way that pages and programs get at them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from signalcast.accounts.models import User
from signalcast.accounts.roles import MANAGERS
from signalcast.channels.models import Destination


def managed_destinations(user: User) -> QuerySet[Destination]:
    """A user's own destinations, and for managers what feeds are broadcast to."""
    mine = Q(owner=user)
    return Destination.objects.filter(mine | Q(owner=None) if user.has_role(*MANAGERS) else mine)
