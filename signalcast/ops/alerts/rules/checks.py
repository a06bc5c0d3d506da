"""A check of the health page failed, or broke."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.clock import now
from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.ops.health.finding import State
from signalcast.ops.health.models import CheckState

#: Checks whose figures have rules of their own.
OTHERWISE = frozenset(
    ("disk", "queues", "deliveries", "failures", "latency", "sources", "processes")
)


def _disk(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "disk" and row.figure is not None and row.figure > threshold:
            yield Trouble(row.host, f"{row.host}: {row.words}", row.figure)


def _failed(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.state == State.FAILED and row.name not in OTHERWISE and _lasts(row, threshold):
            yield Trouble(str(row), f"{row}: {row.words}")


def _crashed(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.state == State.CRASHED and _lasts(row, threshold):
            yield Trouble(str(row), f"{row}: {row.words}")
    for name, seconds in view.unseen.items():
        words = _("%(name)s has not run for %(seconds).0f s.")
        yield Trouble(name, words % {"name": name, "seconds": seconds}, seconds)


def _lasts(row: CheckState, seconds: float) -> bool:
    return (now() - row.since).total_seconds() >= seconds


rules = (
    Rule(
        name="disk",
        title=gettext_lazy("Disk"),
        meaning=gettext_lazy("Make room, or give the host a larger disk."),
        look=_disk,
        threshold=90.0,
        unit="%",
    ),
    Rule(
        name="check_failed",
        title=gettext_lazy("Failed check"),
        meaning=gettext_lazy("See Health for what the check looks at."),
        look=_failed,
        threshold=60.0,
        unit="s",
    ),
    Rule(
        name="check_crashed",
        title=gettext_lazy("Broken check"),
        meaning=gettext_lazy("Nobody knows how it is: the check breaks, hangs or does not run."),
        look=_crashed,
        threshold=60.0,
        unit="s",
    ),
)
