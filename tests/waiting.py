"""Waiting for something to happen, without sleeping longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, within: float, every: float = 0.02, message: str) -> T:
    """Ask until the answer is truthy, and return it.

    `within` and `every` are seconds. Raises AssertionError naming `message` and the last answer
    once the time is up; the condition is asked at least once, and once more at the very end.
    """
    deadline = time.monotonic() + within
    while True:
        late = time.monotonic() >= deadline
        answer = condition()
        if answer:
            return answer
        if late:
            raise AssertionError(
                f"waited {within:g} s in vain for {message}; last answer: {answer!r}"
            )
        time.sleep(every)
