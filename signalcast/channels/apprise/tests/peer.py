"""The plainest service of Apprise on the loopback: posts of JSON. Does as it is told."""

from __future__ import annotations

from typing import Self

from signalcast.channels.apprise.transport import channel
from signalcast.channels.base import Address
from signalcast.channels.webhook.tests.peer import Peer as HttpPeer

PATH = "/confidential-path"


class Peer(HttpPeer):
    """What `json://` speaks to."""

    def __enter__(self) -> Self:
        super().__enter__()
        # What is tried is what comes once the library is loaded.
        channel.check_address("json://example.org")
        return self

    @property
    def received(self) -> list[str]:
        """The texts that arrived: they carry no id."""
        return [arrival.json["title"] for arrival in self.arrivals]

    def service(self, path: str = PATH) -> str:
        """An address at this receiver, as Apprise spells it."""
        return self.url(path).replace("http://", "json://")

    def address(self) -> Address:
        """An address of it."""
        return Address("peer", "json://127.0.0.1/…", self.service())

    def nowhere(self) -> Address:
        """An address where nobody listens."""
        return Address("nowhere", super().nowhere().address.replace("http://", "json://"))
