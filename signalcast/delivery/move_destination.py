"""Follow a receiver to its new address."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.channels.models import Destination
from signalcast.core import events
from signalcast.delivery.breaker import disable


def move_destination(destination: int, address: str) -> None:
    """Keep ADDRESS as the destination's. One that its owner has there already takes its place."""
    found = Destination.objects.filter(pk=destination).first()
    if found is None or found.address == address:
        return
    same = Destination.objects.filter(owner_id=found.owner_id, kind=found.kind, address=address)
    if same.exists():
        disable(
            destination,
            _("It moved to %(address)s, which is connected by itself.") % {"address": address},
        )
        return
    Destination.objects.filter(pk=destination).update(address=address)
    events.emit("destination.moved", destination=destination, to=address)
