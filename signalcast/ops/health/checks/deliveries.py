"""Messages arrive, channel by channel."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.health.attempts import MINUTES, tallies
from signalcast.ops.health.finding import MINUTE, Check, Finding, State, skipped

#: Percent that was accepted, and attempts below which a share says nothing.
WARN, FAIL = 95.0, 80.0
FEW = 10


def look() -> Finding:
    """The share of attempts that were accepted, in the worst channel."""
    counted = {kind: tally for kind, tally in tallies().items() if tally.ended}
    if not counted:
        return skipped(
            _("Nothing was sent in the last %(minutes)d minutes.") % {"minutes": MINUTES}
        )
    parts = {kind: round(tally.share, 1) for kind, tally in counted.items() if tally.ended >= FEW}
    if not parts:
        words = _("Too few attempts in the last %(minutes)d minutes to say.")
        return Finding(State.OK, words % {"minutes": MINUTES})
    worst = min(parts, key=lambda kind: parts[kind])
    share, tally = parts[worst], counted[worst]
    words = _("%(kind)s: %(accepted)d of %(ended)d attempts were accepted in %(minutes)d minutes.")
    words %= {
        "kind": worst,
        "accepted": tally.accepted,
        "ended": tally.ended,
        "minutes": MINUTES,
    }
    state = State.OK if share >= WARN else State.WARNING
    return Finding(State.FAILED if share < FAIL else state, words, share, "%", parts)


check = Check(
    title=gettext_lazy("Delivery"),
    meaning=gettext_lazy("The share of messages that receivers accept, in the worst channel."),
    run=look,
    every=2 * MINUTE,
)
