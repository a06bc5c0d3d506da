"""Who should get what: the plan table of a test, and the invariants it is held against."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.installation import Installation
from tests.acceptance.poster import TOKEN, Poster
from tests.acceptance.receivers import Arrival, Receivers
from tests.waiting import wait_for

STRANGER = "stranger"
STRANGERS_TOKEN = "strangers-token"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def document(receivers: Receivers, subscribers: list[str]) -> dict[str, Any]:
    """A feed with its subscribers, and a stranger who pays for another one."""
    plans = [
        {
            "slug": slug, "name": slug, "price": "10", "currency": "USD", "interval": "month",
            "feeds": [slug], "channels": ["webhook"],
        }
        for slug in ("crypto", "forex")
    ]  # fmt: skip
    return {
        "feeds": [{"slug": "crypto", "name": "Crypto"}, {"slug": "forex", "name": "Forex"}],
        "plans": plans,
        "sources": [
            {"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"},
            {"slug": "other", "feed": "forex", "token": STRANGERS_TOKEN, "publish": "auto"},
        ],
        "users": [
            _user(receivers, name, "crypto") for name in subscribers
        ] + [_user(receivers, STRANGER, "forex")],
    }  # fmt: skip


def _user(receivers: Receivers, name: str, plan: str) -> dict[str, Any]:
    return {
        "email": f"{name}@example.org",
        "roles": ["subscriber"],
        "plans": [plan],
        "destinations": [{"channel": "webhook", "url": receivers.url(name), "secret": SECRET}],
    }


@dataclass
class Played:
    """One played scenario: its installation, its sender's log and its receivers' logs."""

    made: Installation
    receivers: Receivers
    subscribers: list[str]
    poster: Poster = field(init=False)

    def __post_init__(self) -> None:
        self.poster = Poster(self.made.url)

    def reach_the_stranger(self) -> None:
        """Show that the stranger can be reached, so that silence later means something."""
        Poster(self.made.url, STRANGERS_TOKEN).insist("for-the-stranger")
        wait_for(lambda: self.receivers.of(STRANGER), within=30, message="the stranger is reached")

    def missing(self) -> list[tuple[str, str]]:
        """I1: what was accepted and has not been accepted by a subscriber it is for."""
        got: dict[str, set[str]] = defaultdict(set)
        for arrival in list(self.receivers.arrivals):
            if arrival.status // 100 == 2:
                got[arrival.name].add(arrival.comment)
        return [
            (name, comment)
            for name in self.subscribers
            for comment in self.poster.accepted
            if comment not in got[name]
        ]

    def wait_until_delivered(self, within: float) -> None:
        """Wait for I1. It is not looked at before there are as many arrivals: looking takes time
        from the receivers."""
        wait_for(
            lambda: (
                len(self.receivers.arrivals) >= len(self.subscribers) * len(self.poster.accepted)
                and not self.missing()
            ),
            within=within, message="all delivered",
        )  # fmt: skip

    def duplicates(self) -> int:
        """I2: how many arrivals repeat another; each repeat carries the same webhook-id."""
        by_message: dict[tuple[str, str, int], list[Arrival]] = defaultdict(list)
        for arrival in list(self.receivers.arrivals):
            by_message[arrival.name, arrival.comment, arrival.number].append(arrival)
        for arrivals in by_message.values():
            assert len({arrival.webhook_id for arrival in arrivals}) == 1, arrivals
        return sum(len(arrivals) - 1 for arrivals in by_message.values())

    def nobody_else_got_anything(self) -> None:
        """I3: the stranger got only what is the stranger's."""
        assert {arrival.comment for arrival in self.receivers.of(STRANGER)} == {"for-the-stranger"}
        names = {arrival.name for arrival in list(self.receivers.arrivals)}
        assert names <= {*self.subscribers, STRANGER}
