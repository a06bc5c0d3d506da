"""The broker answers. While it is away, signals still flow, a second later."""

from __future__ import annotations

import time

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.broker import broker
from signalcast.core.printable import printable
from signalcast.ops.health.finding import Check, Finding, State, graded

SLOW, TOO_SLOW = 50.0, 500.0


def look() -> Finding:
    """Ping it."""
    from redis import RedisError

    try:
        broker().ping()
        began = time.perf_counter()
        broker().ping()
        took = (time.perf_counter() - began) * 1_000
    except RedisError as error:
        words = _(
            "It does not answer (%(problem)s). Signals are still delivered, about a second later: "
            "start it again."
        )
        return Finding(State.FAILED, words % {"problem": printable(str(error), 120)})
    words = _("It answers in %(took).1f ms.") % {"took": took}
    return graded(took, words, warn=SLOW, fail=TOO_SLOW, unit="ms")


check = Check(
    title=gettext_lazy("Broker"),
    meaning=gettext_lazy("Valkey or Redis, which carries the bells that wake workers and senders."),
    run=look,
)
