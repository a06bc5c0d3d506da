"""An entry as a line for people."""

from __future__ import annotations

from typing import Any

from signalcast.ops.logs.entry import Entry

#: What terminals make of the levels: grey, nothing, yellow, red.
_COLOURS = {"debug": "2", "info": "", "warning": "33", "error": "31", "critical": "31"}
#: Fields that stand on lines of their own.
BLOCKS = ("exception", "stack")


def show(entry: Entry, *, colours: bool = False) -> str:
    """One line, and more for a traceback."""
    time = f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03}"
    head = f"{time} {entry.process:<12} {entry.level:<8}"
    said = entry.event or entry.text
    if colours:
        head = _paint(head, "2") if entry.level in ("debug", "info") else head
        said = _paint(said, _COLOURS[entry.level] or ("1" if entry.event else ""))
    fields = " ".join(
        f"{name}={_value(value)}" for name, value in entry.fields.items() if name not in BLOCKS
    )
    blocks = "".join(f"\n{entry.fields[name]}" for name in BLOCKS if entry.fields.get(name))
    return f"{head} {said}{'  ' + fields if fields else ''}{blocks}"


def _value(value: Any) -> str:
    text = str(value)
    return repr(text) if " " in text or not text.isprintable() else text


def _paint(text: str, colour: str) -> str:
    return f"\033[{colour}m{text}\033[0m" if colour else text
