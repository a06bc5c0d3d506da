"""A source that usually sends has gone silent."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.alerts.rule import Rule, Trouble, View


def _look(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "sources":
            for source, times in row.parts.items():
                if times > threshold:
                    words = _("Nothing came from %(source)s for %(times).1f times its usual pause.")
                    yield Trouble(source, words % {"source": source, "times": times}, times)


rules = (
    Rule(
        name="no_arrivals",
        title=gettext_lazy("No arrivals"),
        meaning=gettext_lazy("Look at what sends there: an alert may have ended."),
        look=_look,
        threshold=2.0,
        unit=gettext_lazy("times its longest pause"),
        throttle=6 * 3_600,
    ),
)
