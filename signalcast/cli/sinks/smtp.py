"""A mail server that accepts everything and delivers nothing."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from signalcast.cli.sinks.received import Messages, Received
from signalcast.core.clock import now

#: Bytes of a mail.
LARGEST = 1_048_576


class _Handler:
    """Called by aiosmtpd for each mail."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep one mail, whatever is in it."""
        content = envelope.original_content or b""
        self._messages.keep(_received(content, envelope.rcpt_tos))
        return "250 Message accepted for delivery"


@asynccontextmanager
async def smtp_sink(host: str, port: int, messages: Messages) -> AsyncIterator[int]:
    """Serve for as long as the context lasts. Gives the port, which may be asked for as 0."""
    handler = _Handler(messages)

    def connected() -> SMTP:
        return SMTP(handler, enable_SMTPUTF8=True, data_size_limit=LARGEST)

    server = await asyncio.get_running_loop().create_server(connected, host, port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


def _received(content: bytes, recipients: list[str]) -> Received:
    mail = email.message_from_bytes(content, policy=default)
    return Received(
        kind="email",
        at=now(),
        to=", ".join(recipients),
        subject=_header(mail, "Subject"),
        body=_text(mail),
        raw=content.decode(errors="replace"),
    )


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name, ""))
    except (ValueError, IndexError):  # what the library makes of broken ones
        return ""


def _text(mail: EmailMessage) -> str:
    """The plain text, else the HTML, else nothing."""
    try:
        part = mail.get_body(("plain", "html"))
        return str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError):  # unknown charset, broken encoding
        return ""
