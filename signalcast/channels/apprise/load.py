"""How much the helper may have in hand, so that a service that hangs leaves room for the others."""

from __future__ import annotations

import threading
from dataclasses import dataclass

#: Messages in hand: all together, of one scheme, at one server.
MOST = 48
MOST_OF_A_SCHEME = 16
MOST_AT_A_SERVER = 4
#: Given up messages that still hang, past which nothing new is begun until the helper is replaced.
MOST_HANGING = 24


class Busy(Exception):
    """There is no room at the moment; a second later there may be."""


class Hanging(Exception):
    """There is no room because earlier messages hang."""


@dataclass(eq=False, slots=True)
class Ticket:
    """The room that one message takes."""

    scheme: str
    server: str
    #: Nobody waits for it any more, but it is still going on.
    abandoned: bool = False


class Load:
    """What is in hand. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[Ticket] = set()

    def begin(self, scheme: str, server: str) -> Ticket:
        """Take room. Raises Busy or Hanging."""
        made = Ticket(scheme, server)
        with self._lock:
            alike = [one for one in self._held if one.scheme == scheme]
            for held, most in (
                ([one for one in alike if one.server == server], MOST_AT_A_SERVER),
                (alike, MOST_OF_A_SCHEME),
                (list(self._held), MOST),
            ):
                if len(held) >= most:
                    raise Hanging if any(one.abandoned for one in held) else Busy
            if self._hanging() >= MOST_HANGING:
                raise Hanging
            self._held.add(made)
        return made

    def abandon(self, ticket: Ticket) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            ticket.abandoned = True

    def end(self, ticket: Ticket) -> None:
        """It came to an end, or its helper did."""
        with self._lock:
            self._held.discard(ticket)

    def only_hanging(self) -> bool:
        """Whether too much hangs and nothing else would be lost with the helper."""
        with self._lock:
            return MOST_HANGING <= self._hanging() == len(self._held)

    def _hanging(self) -> int:
        return sum(one.abandoned for one in self._held)
