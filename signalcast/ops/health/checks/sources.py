"""Sources that usually send still do."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.finding import Check, Finding, State, skipped
from signalcast.ops.health.rhythms import rhythms

#: Silence, as a multiple of the longest pause that a source usually makes.
WARN = 2.0


def look() -> Finding:
    """Each source's silence against its own longest pause."""
    known = rhythms()
    if not known:
        return skipped(_("No source has sent often enough to have a rhythm."))
    parts = {rhythm.source: round(rhythm.silence / rhythm.pause, 2) for rhythm in known}
    silent = sorted(source for source, times in parts.items() if times >= WARN)
    worst = max(parts.values())
    if not silent:
        words = _("%(count)d sources send as they usually do.") % {"count": len(known)}
        return Finding(State.OK, words, worst, "times", parts)
    words = _(
        "Silent for more than twice their longest usual pause: %(sources)s. Look at what sends "
        "there."
    )
    return Finding(State.WARNING, words % {"sources": ", ".join(silent)}, worst, "times", parts)


check = Check(
    title=gettext_lazy("Sources"),
    meaning=gettext_lazy("Whether a source that usually sends has gone silent, by its own rhythm."),
    run=look,
    every=120,
)
