"""From the request to the subscriber in time."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.clock import now
from signalcast.delivery.models import Attempt
from signalcast.delivery.states import Outcome
from signalcast.ops.health.attempts import MINUTES, WINDOW
from signalcast.ops.health.finding import MINUTE, Check, Finding, graded, skipped

#: Seconds that the slowest twentieth may take, and the newest deliveries that are looked at.
WARN, FAIL = 5.0, 30.0
MOST = 500
RECEIVED = "delivery__post__revision__receipt__received_at"


def look() -> Finding:
    """The 95th percentile over the newest signals that arrived at their first attempt."""
    rows = (
        Attempt.objects.filter(
            outcome=Outcome.ACCEPTED,
            delivery__attempts__lte=1,
            delivery__post__revision__receipt__isnull=False,
            # What a person thought about says nothing about speed.
            delivery__post__revision__receipt__approved_by=None,
        )
        .order_by("-pk")
        .values_list("started_at", "duration", RECEIVED)[:MOST]
    )
    since = now() - WINDOW
    took = sorted(
        max((began + timedelta(milliseconds=duration) - received).total_seconds(), 0.0)
        for began, duration, received in rows
        if received > since
    )
    if not took:
        words = _("No signal arrived in the last %(minutes)d minutes.")
        return skipped(words % {"minutes": MINUTES})
    slow = took[min(int(len(took) * 0.95), len(took) - 1)]
    words = _("95 %% of the last %(count)d messages arrived within %(seconds).2f s of the request.")
    words %= {"count": len(took), "seconds": slow}
    return graded(slow, words, warn=WARN, fail=FAIL, unit="s")


check = Check(
    title=gettext_lazy("Latency"),
    meaning=gettext_lazy("From the request that brings a signal to the answer of its receiver."),
    run=look,
    every=2 * MINUTE,
)
