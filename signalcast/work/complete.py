"""Finish rows in hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.models import Work


def complete(model: type[Work], claimed: Iterable[Claimed], **changes: Any) -> int:
    """Finish the rows that are still in hand, with CHANGES to their own columns.

    Returns how many were; fewer than given means that a lease ran out and somebody else has them.
    """
    return change(model, claimed, due=None, leased_until=None, **changes)
