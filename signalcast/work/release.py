"""Give rows back, to be claimed again later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signalcast.core.clock import from_now
from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.models import Work


def release(
    model: type[Work], claimed: Iterable[Claimed], *, after: float = 0.0, **changes: Any
) -> int:
    """Give back the rows that are still in hand; they are due again AFTER seconds from now."""
    return change(model, claimed, due=from_now(after), leased_until=None, **changes)
