"""Compose the mail that says a content: its body once for all readers, headers for each."""

from __future__ import annotations

from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from html import escape
from typing import NamedTuple

from signalcast.channels.base import Content, Message
from signalcast.channels.email.server import Server, sender_of
from signalcast.channels.wording import Words, word

#: Room for words; mail has no limit of its own.
MOST = 20_000


class Composed(NamedTuple):
    """A mail without the headers that differ: those that don't, and its parts."""

    headers: bytes
    parts: bytes


class Reader(NamedTuple):
    """Who a mail is for."""

    address: str
    language: str
    #: Where one click ends it; empty when the installation has no public address.
    unsubscribe: str


def compose(message: Message, reader: Reader, server: Server) -> bytes:
    """The mail, ready to be handed in. A message has the same Message-ID at every attempt."""
    content = message.content
    composed = content.form(
        f"email:{reader.language}:{sender_of(server)}",
        lambda content: _compose(content, reader.language, server),
    )
    lines = [
        f"To: {reader.address}",
        f"Message-ID: <{message.id}@{server.domain}>",
        f"Date: {formatdate(usegmt=True)}",
        *_thread(content, message, server),
    ]
    if reader.unsubscribe:
        # RFC 8058: one POST to this address, without a question, ends it.
        lines += [
            f"List-Unsubscribe: <{reader.unsubscribe}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
    parts = composed.parts.replace(_UNSUBSCRIBE, escape(reader.unsubscribe).encode())
    return "\r\n".join(lines).encode() + b"\r\n" + composed.headers + parts


#: Stands in the parts for the reader's own address to unsubscribe at.
_UNSUBSCRIBE = b"unsubscribe-address-of-the-reader"


def _thread(content: Content, message: Message, server: Server) -> list[str]:
    """What makes mail programs show all revisions of a signal together."""
    signal = content.data.get("signal", {}).get("id")
    if not signal:
        return []
    root = f"<signal-{signal}@{server.domain}>"
    return [f"References: {root}", f"In-Reply-To: {root}"]


def _compose(content: Content, language: str, server: Server) -> Composed:
    words = word(content, kind="email", language=language, most=MOST)
    mail = EmailMessage(policy=SMTP)
    name, address = sender_of(server)
    mail["From"] = formataddr((str(Header(name, "utf-8")) if not name.isascii() else name, address))
    mail["Subject"] = words.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{words.body}\n\n-- \n{_UNSUBSCRIBE.decode()}\n", cte="8bit")
    mail.add_alternative(_html(words, language), subtype="html", cte="8bit")
    head, _blank, parts = mail.as_bytes().partition(b"\r\n\r\n")
    return Composed(head + b"\r\n\r\n", parts)


_PAGE = """\
<!doctype html><html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{subject}</title></head>
<body style="font:16px/1.5 system-ui,sans-serif;margin:0;padding:24px">
<div style="max-width:34em;margin:auto"><h1 style="font-size:20px;margin:0 0 12px">{subject}</h1>
{lines}
<p style="margin-top:28px;font-size:13px;opacity:.7"><a href="{unsubscribe}"
 style="color:inherit">{unsubscribe}</a></p>
</div></body></html>
"""


def _html(words: Words, language: str) -> str:
    """The words as HTML: whatever they hold is text. Lines like `Entry: 64250` become a table."""
    lines = []
    for line in words.body.split("\n"):
        label, colon, value = line.partition(": ")
        if colon and len(label) <= 24 and value:
            lines.append(
                '<div style="display:flex;border-bottom:1px solid #8883;padding:4px 0">'
                f'<span style="flex:0 0 9em;opacity:.75">{escape(label)}</span> '
                f"<strong>{escape(value)}</strong></div>"
            )
        else:
            lines.append(f'<p style="margin:8px 0">{escape(line)}</p>' if line else "")
    return _PAGE.format(
        language=escape(language),
        subject=escape(words.subject),
        lines="\n".join(filter(None, lines)),
        unsubscribe=_UNSUBSCRIBE.decode(),
    )
