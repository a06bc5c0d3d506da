"""E-mail, handed in at the owner's mail server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from django.utils.translation import gettext as _

from signalcast.channels.base import Address, Limits, Message, Outcome, Result, Transport
from signalcast.channels.email.address import read_address
from signalcast.channels.email.compose import Reader, compose
from signalcast.channels.email.connections import Connections, Line
from signalcast.channels.email.server import Server, WrongServer, read_server
from signalcast.channels.email.sign import sign
from signalcast.channels.email.unsubscribe import unsubscribe_address
from signalcast.core.printable import printable

ANSWER_WITHIN = 15.0
#: Characters of what a server says that are shown to people.
SHOWN = 200
ACCEPTED = Result(Outcome.ACCEPTED, 250)
#: Enhanced codes (RFC 3463) of a mailbox that is not there, has moved, or is closed.
NOBODY = re.compile(r"\b5\.(1\.[1236]|2\.1)\b")
#: Codes of the same at RCPT, from servers without enhanced codes (RFC 5321, section 4.2.3).
NO_MAILBOX = frozenset({550, 551, 553})
ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
FULL = re.compile(r"\b[45]\.2\.2\b")


class Email:
    """The channel."""

    kind = "email"
    # A mail server has no words for "wait so many seconds": it is tried again as the table says.
    limits = Limits(in_flight=2, rate=5.0, burst=20, untold=frozenset({Outcome.WAIT}))
    answer_within = ANSWER_WITHIN

    def check_address(self, text: str) -> str:
        """A mailbox."""
        return read_address(text)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transport]:
        """A transport with connections of its own."""
        connections = Connections(self.answer_within)
        try:
            yield EmailTransport(connections, self.answer_within)
        finally:
            await connections.close()


class EmailTransport:
    """Hands mails in."""

    def __init__(self, connections: Connections, within: float) -> None:
        self._connections = connections
        self._within = within

    async def send(self, message: Message, address: Address) -> Result:
        """Hand one mail in. See `Transport.send`."""
        try:
            server = read_server(address.account)
            reader = Reader(
                read_address(address.address), address.language, unsubscribe_address(address.uid)
            )
            mail = sign(compose(message, reader, server), server)
        except WrongServer as error:
            return Result(Outcome.FAILED, detail=str(error), account_fails=True)
        except ValueError as error:
            return Result(Outcome.FAILED, detail=str(error))
        result = await self._hand_in(mail, reader.address, address, server)
        if result is None:  # a rested connection that the server had ended
            result = await self._hand_in(mail, reader.address, address, server, fresh=True)
        return result or _failed(_("The mail server ended the connection."))

    async def _hand_in(
        self, mail: bytes, recipient: str, address: Address, server: Server, *, fresh: bool = False
    ) -> Result | None:
        """One attempt; None when the connection was gone before anything was said."""
        attempt = _Attempt(recipient, server.envelope_sender(address.uid))
        try:
            async with asyncio.timeout(self._within):
                async with self._connections.line(server, fresh=fresh) as line:
                    refusal = await attempt.make(line, mail)
        except SMTPAuthenticationError:
            detail = _("The mail server does not take the account's user name and password.")
            return Result(Outcome.FAILED, detail=detail, account_fails=True)
        except SMTPResponseException as error:
            return _refusal(error.code, error.message, at=attempt.phase)
        except SMTPServerDisconnected:
            if attempt.phase == "data":
                return _unknown(_("The mail server ended the connection and gave no answer."))
            return None if attempt.reused else _failed(_("The mail server ended the connection."))
        except (TimeoutError, SMTPException, OSError) as error:
            if attempt.phase == "data":
                return _unknown(_("The mail server gave no answer in time."))
            if isinstance(error, TimeoutError):
                return _failed(_("The mail server gave no answer in time."))
            return _failed(
                _("The mail server at %(host)s cannot be reached.") % {"host": server.host}
            )
        return _refusal(refusal.code, refusal.message, at=attempt.phase) if refusal else ACCEPTED


class _Attempt:
    """How far handing one mail in has come."""

    def __init__(self, recipient: str, sender: str) -> None:
        self.recipient = recipient
        self.sender = sender
        self.phase = "connect"
        self.reused = False

    async def make(self, line: Line, mail: bytes) -> SMTPResponseException | None:
        """Hand the mail in. Returns how it was refused before it was sent; raises what aiosmtplib
        does for all else."""
        client = line.client
        self.reused = bool(line.mails)
        self.phase = "mail"
        try:
            await client.mail(self.sender, options=["BODY=8BITMIME"])
            self.phase = "rcpt"
            await client.rcpt(self.recipient)
        except SMTPResponseException as refusal:
            with suppress(SMTPException):
                await client.rset()  # the connection is as good as before
            return refusal
        self.phase = "data"
        await client.data(mail)
        return None


def _refusal(code: int, said: str, *, at: str) -> Result:
    """What a server's answer means for the destination."""
    detail = _("The mail server answered %(code)d: %(said)s") % {
        "code": code,
        "said": printable(said, SHOWN),
    }
    if code < 100:
        detail = _("The mail server answered something that is no SMTP.")
        return _unknown(detail) if at == "data" else _failed(detail)
    if NOBODY.search(said) or (at == "rcpt" and code in NO_MAILBOX and not ENHANCED.search(said)):
        detail = _("The mailbox does not exist, says the mail server (%(code)d).") % {"code": code}
        return Result(Outcome.REFUSED, code, detail)
    if FULL.search(said) or code in (452, 552):
        detail = _("The mailbox is full, says the mail server (%(code)d).") % {"code": code}
    return Result(Outcome.FAILED, code, detail)


def _failed(detail: str) -> Result:
    return Result(Outcome.FAILED, detail=detail)


def _unknown(detail: str) -> Result:
    return Result(Outcome.AMBIGUOUS, detail=detail)


channel = Email()
