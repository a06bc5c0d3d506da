"""Rows are due and none is finished: those who work are dead, hang, or turn in circles."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.pipeline import WAIT_BUDGET


def _look(view: View, threshold: float) -> Iterator[Trouble]:
    for kind, still in view.still.items():
        late = any(
            age > max(threshold, WAIT_BUDGET[place.queue])
            for place, age in view.waits.items()
            if place.kind == kind
        )
        if late and still > threshold:
            words = _("Rows (%(kind)s) are due, and for %(still).0f s nothing was done.")
            yield Trouble(kind, words % {"kind": kind, "still": still}, still)


rules = (
    Rule(
        name="stalled",
        title=gettext_lazy("Standstill"),
        meaning=gettext_lazy("Look at the logs of workers and senders, then restart them."),
        look=_look,
        threshold=12.0,
        unit="s",
    ),
)
