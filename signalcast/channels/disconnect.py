"""Forget a destination."""

from __future__ import annotations

from signalcast.channels.models import Destination
from signalcast.core import events


def disconnect(destination: Destination) -> None:
    """Delete it, with what was and is to be sent to it."""
    uid, kind = destination.uid, destination.kind
    destination.delete()
    events.emit("destination.disconnected", destination=str(uid), kind=kind)
