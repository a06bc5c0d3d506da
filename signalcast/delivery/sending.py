"""A delivery in hand, with everything that sending it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signalcast.channels.base import Address, Message
from signalcast.work.claim import Claimed


@dataclass(slots=True)
class Sending:
    """What was claimed and loaded, and passed every rule. Lives in one process's memory."""

    claimed: Claimed
    kind: str
    destination: int
    message: Message
    address: Address
    attempts: int
    tries: int
    #: Failures in a row of the destination, when it was loaded.
    failures: int
    #: The one message that an open breaker lets through.
    probe: bool
    #: Pointless to send after this moment.
    valid_until: datetime | None
    #: By the process's monotonic clock: somebody else may have it afterwards.
    held_until: float
    #: Its account did not work when it was loaded.
    account_failed: bool = False
    #: By the process's clock, in seconds since 1970: when the request came that brought it.
    asked: float | None = None
    #: The queue it was claimed from.
    queue: int = 0

    @property
    def about(self) -> dict[str, str]:
        """What it tells of, for the log: the signal, where it is about one."""
        signal = self.message.content.data.get("signal")
        return {"signal": signal["id"]} if signal and "id" in signal else {}
