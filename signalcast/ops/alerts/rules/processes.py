"""A process stopped living without a word, or none of its kind is left."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy

from signalcast.core.clock import now
from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.ops.health.finding import State


def _look(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        lasts = (now() - row.since).total_seconds()
        if row.name == "processes" and row.state == State.FAILED and lasts >= threshold:
            yield Trouble("", row.words, row.figure)


rules = (
    Rule(
        name="process_lost",
        title=gettext_lazy("Process lost"),
        meaning=gettext_lazy(
            "See what its log ended with, then start it: signalcast up, or its unit."
        ),
        look=_look,
        threshold=30.0,
        unit="s",
    ),
)
