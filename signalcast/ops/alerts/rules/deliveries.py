"""Messages do not arrive, are given up, or arrive late."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.ops.alerts.rule import Rule, Trouble, View


def _refused(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "deliveries":
            for kind, share in row.parts.items():
                if share < threshold:
                    words = _("Only %(share).0f %% of the attempts in %(kind)s are accepted.")
                    yield Trouble(kind, words % {"share": share, "kind": kind}, share)


def _given_up(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "failures" and row.parts.get("given_up", 0) > threshold:
            yield Trouble("", row.words, row.parts["given_up"])


def _errors(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "failures" and row.parts.get("errors", 0) > threshold:
            yield Trouble("", row.words, row.parts["errors"])


def _late(view: View, threshold: float) -> Iterator[Trouble]:
    for row in view.checks:
        if row.name == "latency" and row.figure is not None and row.figure > threshold:
            yield Trouble("", row.words, row.figure)


rules = (
    Rule(
        name="delivery_success",
        title=gettext_lazy("Delivery by channel"),
        meaning=gettext_lazy("Fires below the threshold. Look at the deliveries of the channel."),
        look=_refused,
        threshold=80.0,
        unit="%",
    ),
    Rule(
        name="failure_rate",
        title=gettext_lazy("Failure rate"),
        meaning=gettext_lazy("Deliveries given up for good. Look at the discarded ones."),
        look=_given_up,
        threshold=10.0,
        unit="%",
    ),
    Rule(
        name="error_rate",
        title=gettext_lazy("Error rate"),
        meaning=gettext_lazy("Rows that took a process down or were parked. See Parked."),
        look=_errors,
        threshold=20.0,
        unit=gettext_lazy("in 10 minutes"),
    ),
    Rule(
        name="latency",
        title=gettext_lazy("Latency"),
        meaning=gettext_lazy("From the request to the subscriber, 95 % of the newest messages."),
        look=_late,
        threshold=30.0,
        unit="s",
    ),
)
