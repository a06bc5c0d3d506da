"""What a channel is: how the pipeline speaks to the code that speaks a medium."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

Form = TypeVar("Form")


class AddressError(ValueError):
    """An address that the channel cannot reach anybody at; the text says why, in words."""


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    #: Refused or unreachable, worth another try.
    FAILED = "failed"
    #: The message went out and no answer came: the receiver may have it.
    AMBIGUOUS = "ambiguous"
    #: The receiver asked to wait; no attempt is used up.
    WAIT = "wait"
    #: The receiver doesn't want anything at this address, ever: it is disabled.
    REFUSED = "refused"


class WordingTexts(NamedTuple):
    """Templates of the owner's words, see `signalcast.channels.wording`."""

    subject: str
    body: str


@dataclass(slots=True)
class Content:
    """What is said, the same to everybody. Forms that channels make of it are kept with it."""

    #: `signal.published` and the like.
    type: str
    #: When it was posted, in ISO 8601.
    timestamp: str
    data: dict[str, Any]
    #: The owner's own words for this type, by channel and language; either may be empty for all.
    wordings: dict[tuple[str, str], WordingTexts] = field(default_factory=dict)
    _forms: dict[str, Any] = field(default_factory=dict)

    def form(self, name: str, make: Callable[[Content], Form]) -> Form:
        """What MAKE makes of this content, made once for all receivers."""
        try:
            found: Form = self._forms[name]
        except KeyError:
            found = self._forms[name] = make(self)
        return found


class Message(NamedTuple):
    """A content on its way to one destination. The id is the same at every attempt."""

    id: str
    content: Content


class Address(NamedTuple):
    """What a transport may know of a destination."""

    uid: str
    address: str
    #: Secrets, newest first, separated by spaces; empty when there is none.
    secret: str = ""
    #: The settings of the account that it is sent through, as JSON; empty when there is none.
    account: str = ""
    #: The reader's language, as in "de".
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt."""

    outcome: Outcome
    #: The protocol's status code; 0 when there was no answer.
    status: int = 0
    #: What happened, in words, without anything secret.
    detail: str = ""
    #: Seconds to wait, for Outcome.WAIT.
    wait: float = 0.0
    #: Nothing was wrong but the connection: worth one more try at once.
    at_once: bool = False
    #: The address that the destination has from now on; empty when it stays.
    moved_to: str = ""
    #: The account that it was sent through is what is wrong; `detail` says what to do.
    account_fails: bool = False


class Rate(NamedTuple):
    """Messages a second on average, from all processes together, and in one burst."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel puts up with, for each destination, and what its medium cannot tell."""

    #: Messages in flight at the same time, from one process.
    in_flight: int
    #: Messages a second on average, from all processes together, and in one burst.
    rate: float
    burst: int
    #: Outcomes that look like any other failure, because the medium has no words for them.
    untold: frozenset[Outcome] = frozenset()
    #: Whether messages carry their id, so that a receiver can tell a repeated one.
    carries_ids: bool = True
    #: The rates that hold at an address, all of them, in place of `rate` and `burst`.
    each: Callable[[str], tuple[Rate, ...]] | None = None
    #: What all destinations of one account share.
    account: Rate | None = None


class Transport(Protocol):
    """An open way to send. One serves all destinations of its channel in a process."""

    async def send(self, message: Message, address: Address) -> Result:
        """Make one attempt. Never raises for what the outside world does; ends within 20 s."""


class Channel(Protocol):
    """A medium. Its folder exports one as `channel`; the folder's name is its kind."""

    kind: str
    limits: Limits
    #: Seconds that a receiver may take to answer; at most 15.
    answer_within: float

    def check_address(self, text: str) -> str:
        """The address in its stored spelling. Raises AddressError with a sentence."""

    def open(self) -> AbstractAsyncContextManager[Transport]:
        """Make a transport ready, for as long as the context lasts."""


class Hidden(NamedTuple):
    """An address that is a secret itself: what people are shown of it, and all of it."""

    shown: str
    secret: str


@runtime_checkable
class HidesAddresses(Protocol):
    """A channel at which whoever knows the address may send: it is kept like a password.

    Its transport gets the whole address as `Address.secret`.
    """

    def hide(self, address: str) -> Hidden:
        """Split an address that `check_address` returned."""
