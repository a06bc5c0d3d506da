"""Send to a destination again."""

from __future__ import annotations

from signalcast.channels.models import Destination
from signalcast.core import events


def resume(destination: Destination) -> None:
    """Make it active, whatever disabled it, and forget its failures."""
    destination.state = Destination.State.ACTIVE
    destination.disabled_reason = ""
    destination.disabled_at = None
    destination.failures = 0
    destination.blocked_until = None
    destination.save(
        update_fields=["state", "disabled_reason", "disabled_at", "failures", "blocked_until"]
    )
    events.emit("destination.resumed", destination=str(destination.uid))
