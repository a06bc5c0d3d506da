"""Discord as far as a webhook sees it, on the loopback: does as it is told."""

from __future__ import annotations

import json

from signalcast.channels.base import Address
from signalcast.channels.tests.receiving import ASKED, Behaviour
from signalcast.channels.webhook.tests.peer import Peer as HttpPeer
from signalcast.channels.webhook.tests.peer import Say, plain

TOKEN = "confidential-token-of-the-webhook"
PATH = f"/api/webhooks/112233445566778899/{TOKEN}"


def answer(status: int, *headers: str, **content: object) -> bytes:
    """An answer with a JSON body."""
    kind = "Content-Type: application/json"
    return plain(status, kind, *headers, body=json.dumps(content).encode())


ANSWERS: dict[Behaviour, Say] = {
    Behaviour.ACCEPT: answer(200, id="1", content=""),
    Behaviour.FAIL: answer(500, message="Oh no", code=0),
    Behaviour.REFUSE: answer(404, message="Unknown Webhook", code=10015),
    Behaviour.WAIT: answer(
        429, message="You are being rate limited.", retry_after=ASKED + 0.4, **{"global": False}
    ),
    Behaviour.ECHO: answer(400, message=f"What is {PATH}?", code=50035),
}


class Peer(HttpPeer):
    """A webhook receiver that answers like Discord."""

    def behave(self, behaviour: Behaviour) -> None:
        """Take every request like this from now on."""
        self._behaviour = ANSWERS.get(behaviour, behaviour)

    def address(self) -> Address:
        """The webhook of a channel."""
        url = self.url(PATH)
        return Address("peer", url.replace(TOKEN, "…"), url)

    def nowhere(self) -> Address:
        """A webhook where nobody listens."""
        return Address("nowhere", super().nowhere().address.rstrip("/") + PATH)
