"""Send nothing to a destination for a while, because a person says so."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.channels.models import Destination
from signalcast.core import clock, events


def pause(destination: Destination) -> None:
    """Disable it. What waits for it is given up, as for any destination that is disabled."""
    destination.state = Destination.State.DISABLED
    destination.disabled_reason = _("Paused on its page. Resume it there.")
    destination.disabled_at = clock.now()
    destination.save(update_fields=["state", "disabled_reason", "disabled_at"])
    events.emit("destination.paused", destination=str(destination.uid))
