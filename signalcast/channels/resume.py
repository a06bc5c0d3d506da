"""Send to a destination again."""

from __future__ import annotations

from signalcast.channels.models import Destination
from signalcast.channels.switch import switch, switched_on
from signalcast.core import events


def resume(destination: Destination) -> None:
    """Make it active, whatever disabled it, and forget its failures."""
    switch(destination, switched_on())
    events.emit("destination.resumed", destination=str(destination.uid))
