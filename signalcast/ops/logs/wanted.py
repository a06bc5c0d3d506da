"""Which entries somebody wants to see."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from signalcast.core.clock import now
from signalcast.ops.logs.entry import LEVELS, Entry

#: What can be asked for by its id, and the fields that hold it: one id, or several with spaces.
IDS = {
    "request": ("request", "requests"),
    "receipt": ("receipt", "receipts"),
    "signal": ("signal",),
    "job": ("job",),
    "delivery": ("delivery",),
}
#: Characters from which on the beginning of an id will do.
BEGINNING = 6
#: Years that a time may be in; databases and time zones give up further away.
FIRST_YEAR, LAST_YEAR = 1970, 9_998
_AGO = re.compile(r"(\d{1,6})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class WrongTime(ValueError):
    """A time that cannot be read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter. What is empty lets everything through."""

    level: str = ""
    #: With `*` for any characters, as in `delivery.*`.
    event: str = ""
    #: The beginning of a process's name.
    process: str = ""
    since: datetime | None = None
    ids: dict[str, str] = field(default_factory=dict)

    def fits(self, entry: Entry) -> bool:
        """Whether somebody wants to see this entry. `since` is not looked at."""
        if self.level and LEVELS.index(entry.level) < LEVELS.index(self.level):
            return False
        if self.process and not entry.process.startswith(self.process):
            return False
        if self.event and not fnmatchcase(entry.event, self.event):
            return False
        return all(_names(entry, kind, value) for kind, value in self.ids.items() if value)


def _names(entry: Entry, kind: str, value: str) -> bool:
    words = (
        word
        for name in IDS[kind]
        if name in entry.fields
        for word in str(entry.fields[name]).split()
    )
    if len(value) < BEGINNING or value.isdigit():
        return value in words
    return any(word.startswith(value) for word in words)


def moment(text: str) -> datetime:
    """What `10m`, `2h`, `1d` or a time in ISO 8601 (UTC unless it says) means. Raises WrongTime."""
    try:
        if found := _AGO.fullmatch(text.strip()):
            at = now() - timedelta(**{_UNITS[found[2]]: int(found[1])})
        else:
            at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise WrongTime(text) from None
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise WrongTime(text)
    return at if at.tzinfo else at.replace(tzinfo=now().tzinfo)
