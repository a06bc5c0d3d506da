"""Waiting for something to happen, without sleeping longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


#: Seconds between two questions, at first and at most, and the part of the time since the first.
SOONEST, LATEST, PART = 0.02, 0.2, 0.05


def wait_for(condition: Callable[[], T], *, within: float, every: float = 0.0, message: str) -> T:
    """Ask until the answer is truthy, and return it.

    `within` and `every` are seconds. Without `every` it is asked often at first and less often the
    longer it takes: asking takes time from what is waited for. Raises AssertionError naming
    `message` and the last answer once the time is up; the condition is asked at least once, and
    once more at the very end.
    """
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        late = waited >= within
        answer = condition()
        if answer:
            return answer
        if late:
            raise AssertionError(
                f"waited {within:g} s in vain for {message}; last answer: {answer!r}"
            )
        time.sleep(every or min(LATEST, max(SOONEST, waited * PART)))
