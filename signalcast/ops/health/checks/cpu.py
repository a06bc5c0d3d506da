"""The host is not overloaded."""

from __future__ import annotations

import os

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, graded

#: Processes that want to run, on average over five minutes, for each core.
WARN, FAIL = 1.5, 4.0


def look() -> Finding:
    """Read the load of the last five minutes."""
    cores = os.cpu_count() or 1
    load = os.getloadavg()[1] / cores
    words = _("%(load).2f processes want to run on each of %(cores)d cores.") % {
        "load": load,
        "cores": cores,
    }
    return graded(load, words, warn=WARN, fail=FAIL, unit="")


check = Check(
    title=gettext_lazy("CPU load"),
    meaning=gettext_lazy("Load of the last five minutes. Give the host more cores, or less to do."),
    run=look,
    on_each_host=True,
)
