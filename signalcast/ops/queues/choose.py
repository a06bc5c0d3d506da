"""What part of the history somebody wants to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from signalcast.core.clock import now
from signalcast.ops.health.waits import KINDS
from signalcast.ops.queues.models import FIVE_MINUTES, HOUR, MINUTE
from signalcast.pipeline import Queue

STEPS = {"1m": MINUTE, "5m": FIVE_MINUTES, "1h": HOUR}
#: Hours back from now.
RANGES = {"1h": 1, "6h": 6, "24h": 24, "7d": 168, "30d": 720}
#: Steps of one picture and one answer: more are told to nobody.
MOST = 1_500


class WrongChoice(ValueError):
    """It names something that there is not; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A step, a time, and the rows."""

    step: str = "1m"
    span: str = "1h"
    #: Empty and None are all.
    kind: str = ""
    queue: Queue | None = None
    #: None is now.
    until: datetime | None = None

    @property
    def seconds(self) -> int:
        """Of one step."""
        return STEPS[self.step]

    def times(self) -> tuple[datetime, datetime]:
        """Since when and until when, on the borders of steps where it begins."""
        until = self.until or now()
        since = until - timedelta(hours=RANGES[self.span])
        return since - timedelta(seconds=since.timestamp() % self.seconds), until


def choose(asked: Mapping[str, str]) -> Choice:
    """The choice that `step`, `range`, `kind`, `queue` and `until` make. Raises WrongChoice."""
    step = _one_of("step", asked.get("step") or "1m", STEPS)
    span = _one_of("range", asked.get("range") or "1h", RANGES)
    kind = asked.get("kind") or ""
    if kind:
        _one_of("kind", kind, KINDS)
    labels = {queue.label: queue for queue in Queue}
    queue = asked.get("queue") or ""
    if queue:
        _one_of("queue", queue, labels)
    if RANGES[span] * 3_600 / STEPS[step] > MOST:
        raise WrongChoice(
            _("%(range)s in steps of %(step)s are over %(most)d steps: choose a longer step.")
            % {"range": span, "step": step, "most": MOST}
        )
    return Choice(step, span, kind, labels.get(queue), _moment(asked.get("until") or ""))


def longer_step(asked: Mapping[str, str]) -> str:
    """The shortest step in which the range that was asked for can be shown."""
    hours = RANGES.get(asked.get("range", ""), 1)
    return next(step for step, length in STEPS.items() if hours * 3_600 / length <= MOST)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        found.timestamp()
        found - timedelta(days=60)
    except (ValueError, OverflowError):
        raise WrongChoice(
            _("until is %(value)r; write it like 2026-12-01T08:00Z.") % {"value": text[:40]}
        ) from None
    return found


def _one_of(name: str, value: str, known: Mapping[str, object]) -> str:
    if value not in known:
        raise WrongChoice(
            _("%(name)s is %(value)r; it can be %(known)s.")
            % {"name": name, "value": value[:40], "known": ", ".join(known)}
        )
    return value
