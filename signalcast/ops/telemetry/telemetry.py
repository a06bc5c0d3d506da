"""Begin to count, to tell errors and to trace in a process, as the environment says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from signalcast.core import events, measure
from signalcast.core.env import environment
from signalcast.ops.telemetry import errors, spans
from signalcast.ops.telemetry.unusable import Unusable

WARNINGS = measure.Count(
    "signalcast_warnings_total", "Things that an operator should look at, by event.", "event"
)

_ends: list[Callable[[], None]] = []


def begin(role: str) -> None:
    """To be called once in each process, after its last fork. Never fails the caller."""
    if not environment().observe:
        return
    measure.set_up()
    events.watch_warnings(_count)
    for start in (errors.begin, spans.begin):
        try:
            end = start(role)
        except Unusable as reason:
            events.warn("telemetry.off", why=str(reason))
        except Exception as error:  # whatever a library makes of what it finds
            events.warn("telemetry.off", why=f"{type(error).__name__}: {error}")
        else:
            if end:
                _ends.append(end)


def end() -> None:
    """Tell what is not told yet, within two seconds each."""
    while _ends:
        with suppress(Exception):
            _ends.pop()()


def problems() -> list[str]:
    """What is asked for and cannot be done, in sentences."""
    if not environment().observe:
        return []
    found = []
    for check in (errors.check, spans.check):
        try:
            check()
        except Unusable as reason:
            found.append(str(reason))
    return found


def _count(event: str, _cause: BaseException | None, _fields: Mapping[str, Any]) -> None:
    WARNINGS.add(event)
