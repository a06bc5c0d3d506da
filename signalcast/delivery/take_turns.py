"""Senders of one machine look one after the other: idle ones so that together they look once a
second, and after a bell so that one that finds little has done with it before the next is awake.
"""

from __future__ import annotations

import time
from functools import cache

from signalcast.core.env import managed_name
from signalcast.pipeline import LOOK_EVERY, processes

#: Seconds that one sender is ahead of the next when a bell rings: about what it takes to claim. All
#: at once they share the cores, and what only one can claim is claimed later.
AHEAD = 0.01


def after_a_bell(*, index: int | None = None) -> float:
    """Seconds that sender INDEX leaves what a bell told of to those before it."""
    return AHEAD * (_place()[0] if index is None else index)


def until_my_turn(*, now: float | None = None, index: int | None = None, of: int = 0) -> float:
    """Seconds until sender INDEX of OF is to look: more than none, at most LOOK_EVERY times OF.

    Turns follow the machine's own clock, which all its processes share. By default of this process
    as its manager counts it; one without a manager looks by itself alone.
    """
    if index is None:
        index, of = _place()
    now = time.monotonic() if now is None else now
    round_ = LOOK_EVERY * of
    return round_ - (now - index * LOOK_EVERY) % round_


@cache
def _place() -> tuple[int, int]:
    _role, _dash, number = managed_name().rpartition("-")
    of = next((one.count for one in processes() if one.name == "sender"), 1)
    return (int(number) % of, of) if number.isdigit() else (0, 1)
