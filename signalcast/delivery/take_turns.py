"""Idle senders of one machine look one after the other, together about once a second."""

from __future__ import annotations

import time
from functools import cache

from signalcast.core.env import managed_name
from signalcast.pipeline import LOOK_EVERY, processes


def until_my_turn(
    every: float = LOOK_EVERY, *, now: float | None = None, index: int | None = None, of: int = 0
) -> float:
    """Seconds until sender INDEX of OF is to look: more than none, at most EVERY times OF.

    Turns follow the machine's own clock, which all its processes share. By default of this process
    as its manager counts it; one without a manager looks by itself alone.
    """
    if index is None:
        index, of = _place()
    now = time.monotonic() if now is None else now
    round_ = every * of
    return round_ - (now - index * every) % round_


@cache
def _place() -> tuple[int, int]:
    _role, _dash, number = managed_name().rpartition("-")
    of = next((one.count for one in processes() if one.name == "sender"), 1)
    return (int(number) % of, of) if number.isdigit() else (0, 1)
