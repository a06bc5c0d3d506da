"""What the conformance suite asks of a channel's peer: a real receiver that does as it is told."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

from signalcast.channels.base import Address


class Behaviour(StrEnum):
    """How a receiver may take a message."""

    ACCEPT = "accept"
    #: Says that something is wrong with it.
    FAIL = "fail"
    #: Wants nothing at this address, ever.
    REFUSE = "refuse"
    #: Asks to wait for Peer.ASKED seconds.
    WAIT = "wait"
    #: Takes the message and says nothing.
    HANG = "hang"
    #: Takes the message, then breaks the connection.
    DROP = "drop"
    #: Answers something that is no answer at all.
    GARBAGE = "garbage"
    #: Answers without end.
    FLOOD = "flood"
    #: Answers with what it was sent, secrets and all.
    ECHO = "echo"


#: Seconds that a peer asks to wait for: longer than any timer of a broker can be set.
ASKED = 12_966


class Peer(Protocol):
    """A receiver on the loopback. `tests/peer.py` of a channel's folder exports one as `Peer`."""

    #: The ids of the messages that arrived whole, in their order; anything where they have none.
    received: list[str]

    def address(self) -> Address:
        """An address of it, with a secret."""

    def nowhere(self) -> Address:
        """An address where nobody listens."""

    def behave(self, behaviour: Behaviour) -> None:
        """Take every message like this from now on."""


class MakePeer(Protocol):
    """Starts a peer."""

    def __call__(self) -> AbstractContextManager[Peer]:
        """A peer, for as long as the context lasts."""
