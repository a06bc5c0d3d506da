"""What a gateway is: how the books speak to the code that speaks to a payment provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class GatewayError(Exception):
    """What was asked cannot be done; the text says why and what to do, in a sentence."""


class Unreachable(GatewayError):
    """The provider did not answer, or asked to come back: the same may work later."""


class Forged(GatewayError):
    """An event that does not come from the provider, or is too old to be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants to pay. Amounts come from our own rows, never from a browser."""

    #: Our charge, which the provider keeps with the payment.
    charge: str
    user: int
    email: str
    #: Name and slug of the plan.
    name: str
    plan: str
    #: Minor units for the first period, and for each one after it.
    amount: int
    renewal: int
    currency: str
    #: Months of a period; 0 where it is paid once for good.
    months: int
    #: When the first period begins; empty: now.
    starts_at: datetime | None = None
    #: The provider's name for who pays; empty for somebody new.
    customer: str = ""
    #: Where the browser goes afterwards.
    done: str = ""
    cancelled: str = ""


class CheckOut(NamedTuple):
    """A payment that was begun: the address it goes on at, and the provider's name for who pays.

    Without an address it goes on at our own page of the charge.
    """

    address: str = ""
    customer: str = ""


class Event(NamedTuple):
    """Something that a provider told: its name for it, its kind, when it happened, all of it."""

    id: str
    type: str
    at: datetime
    body: dict[str, Any]


class RefundState(StrEnum):
    """How far a refund is. Later ones are never followed by earlier ones."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class DisputeState(StrEnum):
    """How far a dispute is."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class AgreementState(StrEnum):
    """Whether a provider goes on charging for a plan by itself."""

    ACTIVE = "active"
    TRIALING = "trialing"
    #: A payment failed, and it tries again.
    PAST_DUE = "past_due"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Money arrived."""

    payment: str
    #: Another name of the same payment; empty when there is none or it is not known yet.
    alias: str = ""
    amount: int
    tax: int = 0
    currency: str
    at: datetime
    #: The charge of ours that it pays; empty where the provider charged by itself, for the
    #: agreement that began with `origin`.
    charge: str = ""
    origin: str = ""
    user: int = 0
    plan: str = ""
    agreement: str = ""
    customer: str = ""
    #: Until when the plan is paid; empty: as long as the plan's interval says.
    period_end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Two names are of one payment."""

    payment: str
    alias: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """Money goes back to who paid it."""

    refund: str
    payment: str
    amount: int
    currency: str
    state: RefundState
    #: Our own row, where we asked for it.
    own: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputed:
    """Who paid wants it back from the bank."""

    dispute: str
    payment: str
    amount: int
    currency: str
    state: DisputeState


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the provider says about charging by itself, and when it said so."""

    agreement: str
    #: The charge of ours that it began with.
    origin: str
    user: int
    plan: str
    state: AgreementState
    customer: str = ""
    period_end: datetime | None = None
    ends_with_period: bool = False
    at: datetime
    #: Decides between two that were said in the same second.
    event: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """Nobody paid, and can't any more."""

    charge: str


Fact = Paid | Named | Refunded | Disputed | Agreed | Abandoned


class Gateway(Protocol):
    """A way to pay. Its folder exports one as `gateway`; the folder's name is its name.

    What it can't do raises GatewayError, with what to do instead.
    """

    name: str
    #: Whether people do what a provider would: approve, pay back.
    by_hand: bool

    def label(self) -> str:
        """What subscribers call it."""

    def missing(self) -> str:
        """A sentence on what has to be set before it can be used; empty when it is ready."""

    def check_out(self, order: Order) -> CheckOut:
        """Begin a payment. The same charge twice is one payment."""

    def open_portal(self, customer: str, back: str) -> str:
        """The address at which a customer looks after cards and agreements."""

    def end_agreement(self, agreement: str, *, at_once: bool) -> None:
        """Charge no more for it by itself, from the next period on or from now."""

    def resume_agreement(self, agreement: str) -> None:
        """Go on charging for what was to end with its period."""

    def verify(self, body: bytes, headers: Mapping[str, str]) -> Event:
        """The event in a request. Raises Forged."""

    def read(self, event: Event) -> list[Fact]:
        """What an event says; nothing where it is not about us. Never asks anybody."""

    def recent(self, since: datetime) -> Iterator[Event]:
        """Every event since then, as the provider lists them."""

    def refund(self, payment: str, amount: int, currency: str, *, key: str) -> Refunded:
        """Pay back. The same key twice is one refund."""
