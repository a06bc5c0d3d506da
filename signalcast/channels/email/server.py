"""The owner's mail server, as an account's settings describe it."""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal

import msgspec
from django.utils.translation import gettext as _

from signalcast.shop.current import known


class WrongServer(ValueError):
    """Settings that no mail can be sent with; the text says what to correct."""


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """DKIM (RFC 6376): the domain that signs, its selector, and its private key in PEM."""

    domain: str
    selector: str
    private_key: str


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where bounces come back to, read by IMAP."""

    host: str
    username: str
    password: str
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"sender": "from"}):
    """Where mail is handed in, and whom it comes from."""

    host: str
    #: As in `Signals <signals@example.org>`.
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    #: Where bounces go; a `+` and the destination's id are put before its `@`. Empty: the sender.
    bounces: str = ""
    dkim: Signature | None = None
    #: Read every few minutes for mail that came back to `bounces`.
    mailbox: Mailbox | None = None

    @property
    def address(self) -> str:
        """The sender's bare address."""
        return parseaddr(self.sender)[1]

    @property
    def domain(self) -> str:
        """The domain that message ids are made in."""
        return self.address.rpartition("@")[2]

    def envelope_sender(self, uid: str) -> str:
        """Whom the mail server tells when a mail cannot be delivered."""
        mailbox, _at, domain = self.bounces.rpartition("@")
        return f"{mailbox}+{uid}@{domain}" if mailbox and uid else self.address


def sender_of(server: Server) -> tuple[str, str]:
    """The name that mail comes from, and the address: the business' name goes before the account's.

    Asks no database: whoever sends has looked a moment ago.
    """
    name, address = parseaddr(server.sender)
    return known().own_name or name, address


def sender_line(server: Server) -> str:
    """The same as one line of a mail's head."""
    name = known().own_name
    # A name of the business has nothing in it that would have to be escaped.
    return f'"{name}" <{server.address}>' if name else server.sender


@lru_cache(maxsize=64)
def read_server(settings: str) -> Server:
    """The server in an account's settings. Raises WrongServer."""
    if not settings:
        raise WrongServer(_("The destination has no mail server. Choose an account for it."))
    try:
        server = msgspec.json.decode(settings, type=Server)
    except msgspec.MsgspecError as error:
        raise WrongServer(
            _("The mail server's settings cannot be used: %(problem)s.") % {"problem": error}
        ) from None
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", server.address) or re.search(r"[\r\n]", server.sender):
        raise WrongServer(_("The mail server's settings have no usable sender in `from`."))
    if server.bounces and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", server.bounces):
        raise WrongServer(_("The address for bounces is none. Give one like bounces@example.org."))
    if server.mailbox is not None and not server.bounces:
        raise WrongServer(
            _("A mailbox is read for bounces, but no address for bounces is set. Give its address.")
        )
    return server
