"""No scheduler looks after anything any more. Web servers see it, as a dead one cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.alerts.rule import Rule, Trouble, View


def _look(view: View, threshold: float) -> Iterator[Trouble]:
    if view.unwatched > threshold:
        words = _("No scheduler has looked after anything for %(seconds).0f s.")
        yield Trouble("", words % {"seconds": view.unwatched}, view.unwatched)


rules = (
    Rule(
        name="scheduler_lost",
        title=gettext_lazy("Scheduler lost"),
        meaning=gettext_lazy("Start it: signalcast scheduler. Nothing is rescued until then."),
        look=_look,
        threshold=40.0,
        unit="s",
    ),
)
