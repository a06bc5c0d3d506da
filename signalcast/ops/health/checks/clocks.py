"""The hosts agree about the time."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.beats import beats
from signalcast.ops.health.finding import Check, Finding, graded, skipped
from signalcast.pipeline import LOST_AFTER

#: Seconds by which a host's clock may differ from the database's. What is due goes by the
#: database's; what people read in logs, and signatures with a time in them, go by the host's.
WARN, FAIL = 1.0, 30.0


def look() -> Finding:
    """The largest difference, as the processes of each host saw it."""
    offsets: dict[str, float] = {}
    for beat, age in beats():
        if age <= LOST_AFTER:
            offsets[beat.host] = max(offsets.get(beat.host, 0.0), abs(beat.clock_offset))
    if not offsets:
        return skipped(_("No process has told its time yet."))
    host = max(offsets, key=lambda name: offsets[name])
    words = _("The clock of %(host)s differs by %(seconds).3f s from the database's.")
    told = words % {"host": host, "seconds": offsets[host]}
    return graded(offsets[host], told, warn=WARN, fail=FAIL, unit="s")


check = Check(
    title=gettext_lazy("Clocks"),
    meaning=gettext_lazy("Let chrony or systemd-timesyncd set the clock of each host."),
    run=look,
)
