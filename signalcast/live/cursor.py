"""Where a stream is: what a listener says in Last-Event-ID to go on without a gap or a repeat.

Posts are numbered, but a database may make a lower number visible after a higher one: of two
transactions at the same time, the one that began first may commit last. So a place is the highest
number seen and, of the numbers below it, those that had not come yet: `120`, or `120.118.117` as
long as 117 and 118 are missing. What comes after a place is every post above its highest number
and every missing one that has come meanwhile; whichever process is asked, on whichever engine,
the answer has no gap and no repeat. A missing number is given up after some minutes: it belonged
to a transaction that was rolled back.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Missing numbers that one process waits for; older ones have been rolled back.
MOST_MISSING = 64
#: Missing numbers that a place names: while a listener goes from one process to another, those
#: that the one was waiting for and those that the other is.
MOST_NAMED = 2 * MOST_MISSING
NUMBER = "[0-9]{1,18}"
PATTERN = re.compile(rf"{NUMBER}(\.{NUMBER}){{0,{MOST_NAMED}}}")


class Cursor(NamedTuple):
    """A place in the stream."""

    top: int
    #: Numbers below the top that may still come.
    missing: frozenset[int] = frozenset()

    def __str__(self) -> str:
        newest = sorted(self.missing, reverse=True)[:MOST_NAMED]
        return ".".join(map(str, (self.top, *newest)))

    def has_seen_past(self, other: Cursor) -> bool:
        """Whether something may have been seen here that was not there yet."""
        return self.top > other.top or any(
            number <= self.top and number not in self.missing for number in other.missing
        )


def skipped(top: int, number: int) -> range:
    """Numbers between two that were seen one after the other, as far as they are waited for.

    A gap of millions, as a restored database may leave, is none that transactions make.
    """
    return range(max(top + 1, number - MOST_MISSING), number)


def read_cursor(text: str) -> Cursor | None:
    """The place in TEXT; None when it is none."""
    if not PATTERN.fullmatch(text):
        return None
    top, *missing = map(int, text.split("."))
    return Cursor(top, frozenset(number for number in missing if number < top))
