"""Where a stream is: what a listener says in Last-Event-ID to go on without a gap or a repeat.

Posts are numbered, but a database may make a lower number visible after a higher one: of two
transactions at the same time, the one that began first may commit last. So a cursor is the highest
number seen, and the numbers below it that had not come yet: `120` or `120.117.118`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Missing numbers that a cursor names; older ones have been rolled back.
MOST_MISSING = 64
PATTERN = re.compile(rf"[0-9]{{1,18}}(\.[0-9]{{1,18}}){{0,{MOST_MISSING}}}")


class Cursor(NamedTuple):
    """A place in the stream."""

    top: int
    #: Numbers below the top that may still come.
    missing: frozenset[int] = frozenset()

    def __str__(self) -> str:
        newest = sorted(self.missing, reverse=True)[:MOST_MISSING]
        return ".".join(map(str, (self.top, *newest)))


def read_cursor(text: str) -> Cursor | None:
    """The cursor in TEXT; None when it is none."""
    if not PATTERN.fullmatch(text):
        return None
    top, *missing = map(int, text.split("."))
    return Cursor(top, frozenset(number for number in missing if number < top))
