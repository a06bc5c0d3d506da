"""What is said of the accounts of one medium."""

from __future__ import annotations

from collections.abc import Sequence

from signalcast.channels.models import Account
from signalcast.ops.health.finding import Finding, State, ok, skipped


def sum_up(
    accounts: Sequence[Account], problems: Sequence[str], *, none: str, well: str
) -> Finding:
    """One finding for all: the PROBLEMS, in words, of those that have any."""
    if not accounts:
        return skipped(none)
    said = [
        f"{account.name}: {problem}"
        for account, problem in zip(accounts, problems, strict=True)
        if problem
    ]
    return Finding(State.FAILED, " ".join(said)) if said else ok(well)
