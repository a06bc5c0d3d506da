"""Mail about accounts in tests: handed in by the job, at a mail server on the loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from signalcast.channels.email.tests.peer import Peer, account
from signalcast.channels.models import Account
from signalcast.work.run_jobs import run_jobs


class PostOffice:
    """What has been mailed so far."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def mails(self, to: str) -> list[EmailMessage]:
        """Mails to an address, once all jobs are done."""
        run_jobs()
        return [mail for mail in self.peer.mails if mail["To"] == to]

    def newest(self, to: str) -> str:
        """The text of the newest one."""
        body = self.mails(to)[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def code(self, to: str) -> str:
        """The code in the newest one."""
        found = re.search(r"[A-Z0-9]{3,}-[A-Z0-9]{3,}", self.newest(to))
        assert found, self.newest(to)
        return found.group()


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """An installation with a mail server."""
    with Peer() as peer:
        Account.objects.create(kind="email", name="mail", settings=account(peer.port))
        yield PostOffice(peer)
