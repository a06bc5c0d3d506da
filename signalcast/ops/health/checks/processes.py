"""The processes that do the work are alive."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.env import environment
from signalcast.ops.health.beats import beats
from signalcast.ops.health.finding import Check, Finding, State
from signalcast.pipeline import LOST_AFTER

#: Of each of these at least one has to live.
NEEDED = ("web", "worker", "sender", "scheduler")
#: Seconds after the start of the first process until the others have to be there.
SETTLE = 45.0


def look() -> Finding:
    """Whether any process stopped beating without a word, or a kind of process has none left."""
    known = beats()
    lost = {f"{beat.host} {beat.name}": age for beat, age in known if age > LOST_AFTER}
    living = {beat.role for beat, age in known if age <= LOST_AFTER}
    settled = any((beat.seen_at - beat.started_at).total_seconds() > SETTLE for beat, _age in known)
    needed = (*NEEDED, "intake") if environment().apart else NEEDED
    missing = [role for role in needed if role not in living] if settled else []
    told = []
    if lost:
        words = _("Without a sign of life for over %(seconds).0f s: %(names)s.")
        told.append(words % {"seconds": LOST_AFTER, "names": ", ".join(sorted(lost))})
    if missing:
        told.append(_("Nobody runs: %(roles)s.") % {"roles": ", ".join(missing)})
    if told:
        parts = {**lost, **dict.fromkeys(missing, 0.0)}
        return Finding(State.FAILED, " ".join(told), float(len(parts)), "", parts)
    words = _("%(count)d processes live.") % {"count": len(known)}
    return Finding(State.OK, words, 0.0)


check = Check(
    title=gettext_lazy("Processes"),
    meaning=gettext_lazy(
        "Whether workers, senders, schedulers and web servers live. Start what is missing: "
        "signalcast up, or its unit."
    ),
    run=look,
    every=30,
)
