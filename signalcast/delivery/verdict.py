"""What becomes of a delivery in hand."""

from __future__ import annotations

from dataclasses import dataclass

from signalcast.delivery.states import DeliveryState
from signalcast.pipeline import Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One way to leave the hand. Deliveries with equal verdicts are settled in one statement."""

    #: None: as it was.
    state: DeliveryState | None = None
    reason: str = ""
    #: Seconds until it is due again; None when it is finished.
    after: float | None = None
    #: An attempt of the retry table was used up.
    attempt: bool = False
    #: It may have reached the receiver without our knowing.
    maybe_received: bool = False
    #: Our own code failed over it.
    crashed: bool = False
    #: It is set aside for a person to look at; `reason` says why.
    parked: bool = False
    #: The queue it goes on waiting in; None: as it was.
    queue: Queue | None = None


SENT = Verdict(state=DeliveryState.SENT, attempt=True)
SUPERSEDED = Verdict(state=DeliveryState.SUPERSEDED)


def put_off(seconds: float) -> Verdict:
    """Due again later, as if it had not been claimed."""
    return Verdict(after=seconds)


def stale(reason: str) -> Verdict:
    """Too late, or pointless; listed as missed."""
    return Verdict(state=DeliveryState.STALE, reason=reason)


def discarded(reason: str, *, attempt: bool = False) -> Verdict:
    """Given up."""
    return Verdict(state=DeliveryState.DISCARDED, reason=reason, attempt=attempt)
