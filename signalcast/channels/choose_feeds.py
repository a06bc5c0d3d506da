"""Turn feeds on and off for somebody's destinations."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from signalcast.accounts.models import User
from signalcast.channels.models import Destination, DestinationMute
from signalcast.core import events

#: A destination's id and a feed's.
Pair = tuple[int, int]


def choose_feeds(user: User, asked: Collection[Pair], on: Collection[Pair]) -> int:
    """Of the pairs that USER was ASKED about, those in ON are on and the others off.

    Other people's destinations stay as they are. Returns how many were changed.
    """
    with transaction.atomic():
        # One after the other, so that two windows can't write the same row.
        mine = set(
            Destination.objects.select_for_update()
            .filter(owner=user)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        asked = {pair for pair in asked if pair[0] in mine}
        rows = DestinationMute.objects.filter(destination__in=mine)
        off = set(rows.values_list("destination_id", "feed_id"))
        fresh = asked - off - set(on)
        gone = Q(pk__in=[])
        for destination, feed in asked & off & set(on):
            gone |= Q(destination=destination, feed=feed)
        DestinationMute.objects.bulk_create(
            DestinationMute(destination_id=destination, feed_id=feed)
            for destination, feed in sorted(fresh)
        )
        changed = len(fresh) + rows.filter(gone).delete()[0]
    if changed:
        events.emit("preferences.feeds_chosen", user=user.pk, changed=changed)
    return changed
