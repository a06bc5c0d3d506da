"""What a check says, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: Seconds that a check may take unless it says otherwise.
USUAL_LIMIT = 10.0
MINUTE, HOUR, DAY = 60, 3_600, 86_400


class State(models.TextChoices):
    """How a check ended, the best first."""

    SKIPPED = "skipped", _("skipped")
    OK = "ok", _("ok")
    WARNING = "warning", _("warning")
    FAILED = "failed", _("failed")
    #: The check itself broke, or gave no answer in time: nobody knows.
    CRASHED = "crashed", _("crashed")


#: From the best to the worst, for whoever sums up.
RANK = {state: rank for rank, state in enumerate(State)}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a state, a sentence, and a figure that can be drawn over time."""

    state: State
    words: str
    figure: float | None = None
    #: What the figure counts: "s", "%", "days"; empty for a plain number.
    unit: str = ""
    #: The figure of each part that was looked at (a channel, a source), by name.
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at again and again. A file in `checks` exports one as `check`."""

    title: str | Promise
    #: What is looked at and what to do when it fails, for the page.
    meaning: str | Promise
    run: Callable[[], Finding]
    #: Seconds between two runs.
    every: int = MINUTE
    #: Seconds until it is given up.
    within: float = USUAL_LIMIT
    #: Whether each host has an answer of its own (its disk) or all have the same (the database).
    on_each_host: bool = False


def ok(words: str, figure: float | None = None, unit: str = "") -> Finding:
    """Nothing is wrong."""
    return Finding(State.OK, words, figure, unit)


def graded(figure: float, words: str, *, warn: float, fail: float, unit: str) -> Finding:
    """OK, a warning or failed, by where FIGURE lies; where FAIL is below WARN, less is worse."""
    sign = 1 if fail >= warn else -1
    state = State.OK
    if sign * figure >= sign * warn:
        state = State.WARNING
    if sign * figure >= sign * fail:
        state = State.FAILED
    return Finding(state, words, figure, unit)


def skipped(words: str) -> Finding:
    """There is nothing to look at; WORDS say what would have to be set up."""
    return Finding(State.SKIPPED, words)
