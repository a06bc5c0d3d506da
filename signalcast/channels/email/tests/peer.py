"""A mail server on the loopback that does as it is told once it has the whole mail."""

from __future__ import annotations

import asyncio
import email
import json
from email.message import EmailMessage
from email.policy import default

from signalcast.channels.base import Address
from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import Peer as HttpPeer

PASSWORD = "confidential-password"


def account(port: int, **changes: object) -> str:
    """The settings of an account at a mail server on the loopback."""
    server: dict[str, object] = {
        "host": "127.0.0.1", "port": port, "security": "none",
        "from": "Signals <signals@example.org>",
    }  # fmt: skip
    return json.dumps(server | changes)


class Peer(HttpPeer):
    """Speaks SMTP. `mails` are those that arrived whole; `refuse` answers at RCPT."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        #: The answer to every RCPT.
        self.rcpt = b"250 2.1.5 Ok"
        #: Mails after which a connection is ended.
        self.patience = 1_000

    @property
    def received(self) -> list[str]:
        """The ids that arrived, in their order."""
        return [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mails]

    def address(self) -> Address:
        """A mailbox of it."""
        return Address("peer", "alice@example.org", PASSWORD, account(self.port))

    def nowhere(self) -> Address:
        """A mailbox at a server where nobody listens."""
        port = int(super().nowhere().address.rstrip("/").rpartition(":")[2])
        return Address("nowhere", "alice@example.org", account=account(port))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 peer ESMTP\r\n")
        taken = 0
        self._greeted = True
        self.connections += 1
        self._writers.append(writer)
        try:
            while taken < self.patience:
                taken += await self._command(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _command(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        """One command. Returns how many mails it brought."""
        line = (await reader.readuntil(b"\r\n")).strip()
        verb = line.split(b" ")[0].split(b":")[0].upper()
        if verb == b"DATA":
            writer.write(b"354 Go on\r\n")
            content = await reader.readuntil(b"\r\n.\r\n")
            mail = email.message_from_bytes(content[:-5], policy=default)
            self.mails.append(mail)
            await self._take(content, writer)
            return 1
        if verb == b"QUIT":
            writer.write(b"221 Bye\r\n")
            raise ConnectionError
        if verb == b"MAIL":
            self.senders.append(line.decode())
        answers = {
            b"EHLO": b"250-peer\r\n250 8BITMIME",
            b"RCPT": b"550 5.1.1 Nobody here" if self._behaviour is Behaviour.REFUSE else self.rcpt,
        }
        writer.write(answers.get(verb, b"250 Ok") + b"\r\n")
        return 0

    async def _take(self, content: bytes, writer: asyncio.StreamWriter) -> None:
        match self._behaviour:
            case Behaviour.DROP:
                raise ConnectionError
            case Behaviour.HANG:
                await asyncio.sleep(60)
            case Behaviour.GARBAGE:
                writer.write(b"\x00\xff\xfe complete nonsense\r\n")
            case Behaviour.FLOOD:
                while True:
                    writer.write(b"554-" + b"x" * 65_536 + b"\r\n")
                    await writer.drain()
            case Behaviour.ECHO:
                said = content.replace(b"\r\n", b" ")[:400]
                writer.write(b"554 5.6.0 What is " + said + b"?\r\n")
            case Behaviour.FAIL:
                writer.write(b"451 4.3.0 Oh no\r\n")
            case Behaviour.WAIT:
                writer.write(b"450 4.7.1 Come again later\r\n")
            case _:
                writer.write(b"250 2.0.0 Ok\r\n")
