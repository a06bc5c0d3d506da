"""Write down what a person did to the installation, so that it can be looked up later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signalcast.accounts.models import AuditEntry
from signalcast.core import events

#: Characters of a target that are kept: a filter may name a lot.
LONGEST_TARGET = 300


def audit(
    action: str, *, by: str, target: str = "", count: int | None = None, **details: Any
) -> None:
    """Note that BY (an e-mail address, or `shell` for a command) did ACTION to TARGET.

    ACTION is dotted, the thing first, as in `jobs.redriven`. COUNT is the number of rows that it
    changed. Call it in the transaction that changes them: both are written, or none.
    """
    AuditEntry.objects.create(
        action=action, by=by, target=target[:LONGEST_TARGET], count=count, details=_plain(details)
    )
    events.emit("audit.noted", action=action, by=by, target=target, count=count)


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | bool | None) else str(value)
        for name, value in details.items()
    }
