"""One line of a log, understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

LEVELS = ("debug", "info", "warning", "error", "critical")
#: How the process manager and the broker begin their lines; both write the machine's own time.
_MANAGER = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) ([A-Z]+) (.*)", re.DOTALL)
_BROKER = re.compile(
    r"\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d)\.(\d{3}) ([.*#-]) (.*)", re.DOTALL
)
_MANAGER_LEVELS = {"CRIT": "critical", "ERRO": "error", "WARN": "warning", "DEBG": "debug"}
_BROKER_LEVELS = {"#": "warning", ".": "debug", "-": "debug"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What was told, by whom, and when."""

    at: datetime
    #: The name of its process, as in `sender-0`.
    process: str
    level: str
    #: Empty for lines that are no events of ours.
    event: str
    #: The text of such a line.
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The same for programs."""
        told = {"timestamp": self.at.isoformat(), "process": self.process, "level": self.level}
        said = {"event": self.event} if self.event else {"text": self.text}
        return {**told, **said, **self.fields}


def read_entry(line: str, process: str) -> Entry | None:
    """The entry that LINE holds; None for what goes on from the line before it."""
    if line.startswith("{"):
        return _ours(line, process)
    if found := _MANAGER.match(line):
        at = datetime.fromisoformat(f"{found[1]}.{found[2]}").astimezone(UTC)
        return Entry(at, process, _MANAGER_LEVELS.get(found[3], "info"), "", found[4])
    if found := _BROKER.match(line):
        at = datetime.strptime(f"{found[1]}.{found[2]}", "%d %b %Y %H:%M:%S.%f").astimezone(UTC)
        return Entry(at, process, _BROKER_LEVELS.get(found[3], "info"), "", found[4])
    return None


def _ours(line: str, process: str) -> Entry | None:
    try:
        fields = msgspec.json.decode(line)
        at = datetime.fromisoformat(fields.pop("timestamp"))
        level, event = fields.pop("level"), fields.pop("event")
    except (msgspec.MsgspecError, ValueError, KeyError, AttributeError, TypeError):
        return None
    if at.tzinfo is None or level not in LEVELS or not isinstance(event, str):
        return None
    return Entry(at, process, level, event, fields=fields)
