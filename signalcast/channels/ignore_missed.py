"""Leave what a destination missed, because a person says so."""

from __future__ import annotations

from signalcast.channels.models import Destination
from signalcast.channels.switch import switch
from signalcast.core import events


def ignore_missed(destination: Destination) -> None:
    """Offer it no more. What it misses from now on is another matter."""
    switch(destination, {"missed_since": None, "missed_until": None})
    events.emit("destination.missed_ignored", destination=str(destination.uid))
