"""One way to write a moment, so that comparing two as text compares them in time."""

from __future__ import annotations

import re

_WHOLE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_MICROSECONDS = re.compile(rf"{_WHOLE.pattern}\.\d{{6}}")


def as_sqlite_writes_it(text: str) -> str:
    """A moment of Python's in milliseconds where it has no finer part; any other text unchanged.

    SQLite's own now has three digits, Python's text six or none: of the same moment the longer text
    is the later, and what ended now would last for the rest of the millisecond.
    """
    if _WHOLE.fullmatch(text):
        return f"{text}.000"
    if text.endswith("000") and _MICROSECONDS.fullmatch(text):
        return text[:-3]
    return text
