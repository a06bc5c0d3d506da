"""What a rule is: something that is wrong past a threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise

from signalcast.ops.health.models import CheckState
from signalcast.ops.health.waits import Place

#: Seconds between two notices about the same, unless the owner says otherwise.
USUAL_THROTTLE = 3_600


@dataclass(frozen=True, slots=True)
class View:
    """What is known at one moment. Rules look at nothing else."""

    #: The age of the oldest due row, in seconds, where any row is due.
    waits: Mapping[Place, float] = field(default_factory=dict)
    #: Seconds for which nothing has moved, by kind of row, where rows are due.
    still: Mapping[str, float] = field(default_factory=dict)
    #: The last words of checks that are neither paused nor old.
    checks: Sequence[CheckState] = ()
    #: Seconds since each check last ran although it is not paused, where that is too long ago.
    unseen: Mapping[str, float] = field(default_factory=dict)
    #: Seconds for which no scheduler has run any check, where that is too long.
    unwatched: float = 0.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now."""

    #: What it is about, where a rule can be broken in several places at the same time.
    subject: str
    words: str
    figure: float | None = None


Look = Callable[[View, float], Iterator[Trouble]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A file in `rules` exports some as `rules`. LOOK is given the view and the threshold."""

    name: str
    title: str | Promise
    #: What to do about it.
    meaning: str | Promise
    look: Look
    threshold: float
    unit: str | Promise
    throttle: int = USUAL_THROTTLE
