"""Nobody is shown tracebacks."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.env import Environment, environment
from signalcast.ops.health.finding import HOUR, Check, Finding, State, ok


def look(settings: Environment | None = None) -> Finding:
    """Tracebacks hold settings and data of others."""
    settings = settings or environment()
    if not settings.debug:
        return ok(_("Debug mode is off."))
    words = _("Debug mode is on: anybody is shown tracebacks. Take SIGNALCAST_DEBUG away.")
    return Finding(State.FAILED if settings.public_url else State.WARNING, words)


check = Check(
    title=gettext_lazy("Debug mode"),
    meaning=gettext_lazy("Off wherever others can reach the site."),
    run=look,
    every=HOUR,
    on_each_host=True,
)
