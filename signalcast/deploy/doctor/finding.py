"""What the doctor says, and what a check of the doctor is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from signalcast.deploy.doctor.scene import Scene

#: Seconds that a check may take unless it says otherwise.
USUAL_LIMIT = 10.0
Group = Literal["machine", "network", "security", "services", "installation"]
GROUPS: tuple[Group, ...] = ("machine", "network", "security", "services", "installation")


class State(StrEnum):
    """How a look at something ended."""

    OK = "ok"
    #: Nothing there to look at: the words say why.
    SKIPPED = "skipped"
    #: Worth knowing; nothing has to be done.
    NOTE = "note"
    #: Could not be seen: the words say why, and often who can.
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, why that matters, and the command that mends it."""

    state: State
    what: str
    why: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One subject that is looked at. A file in `checks` exports some by their names as `CHECKS`."""

    group: Group
    #: What is looked at, for `--list`.
    meaning: str
    run: Callable[[Scene], Iterable[Finding]]
    #: Mends what is safe to mend. Returns a sentence for each thing that it did.
    fix: Callable[[Scene], Iterable[str]] | None = None
    #: Seconds until it is given up.
    within: float = USUAL_LIMIT
    #: Whether it asks the system that runs, and has nothing to say of a tree of files.
    of_running_system: bool = False
    #: Whether root sees more of it than the owner of the home. The others are the owner's: the
    #: database tells by the system's account who asks.
    for_root: bool = False


def ok(what: str) -> Finding:
    """Nothing is wrong."""
    return Finding(State.OK, what)


def note(what: str, why: str = "", mend: str = "") -> Finding:
    """Worth knowing."""
    return Finding(State.NOTE, what, why, mend)


def warning(what: str, why: str, mend: str) -> Finding:
    """Should be mended."""
    return Finding(State.WARNING, what, why, mend)


def problem(what: str, why: str, mend: str) -> Finding:
    """Has to be mended."""
    return Finding(State.PROBLEM, what, why, mend)


def unknown(what: str, mend: str = "") -> Finding:
    """Could not be seen; WHAT says why."""
    return Finding(State.UNKNOWN, what, mend=mend)


def skipped(what: str) -> Finding:
    """There is nothing to look at; WHAT says why."""
    return Finding(State.SKIPPED, what)


def exit_code(findings: Iterable[Finding]) -> int:
    """0 when nothing has to be done, 1 with warnings, 2 with problems."""
    states = {finding.state for finding in findings}
    if State.PROBLEM in states:
        return 2
    return int(State.WARNING in states)
