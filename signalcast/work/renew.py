"""Keep rows in hand for longer."""

from __future__ import annotations

from collections.abc import Iterable

from signalcast.core.clock import from_now
from signalcast.pipeline import LEASE
from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.life import life
from signalcast.work.models import Work


def renew(model: type[Work], claimed: Iterable[Claimed], *, lease: float = LEASE) -> int:
    """Extend the leases of rows still in hand. Returns how many still were."""
    life.show()
    return change(model, claimed, leased_until=from_now(lease))
