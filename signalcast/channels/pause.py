"""Send nothing to a destination for a while, because a person says so."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.channels.models import Destination
from signalcast.channels.switch import switch, switched_off
from signalcast.core import events


def pause(destination: Destination) -> None:
    """Disable it. What waits for it is given up, as for any destination that is disabled."""
    switch(destination, switched_off(_("Paused on its page. Resume it there.")))
    events.emit("destination.paused", destination=str(destination.uid))
