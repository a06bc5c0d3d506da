"""Read the mailboxes that bounces come back to.

Anybody can write to a mailbox, so a bounce counts only when it came to the address that a mail of
ours was sent with: the one for bounces, with the destination's id after a `+`.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.policy import default
from uuid import UUID

from django.utils.translation import gettext as _

from signalcast.channels.email.bounce import BadBounce, bounce, read_bounces
from signalcast.channels.email.server import Mailbox, Server, WrongServer, read_server
from signalcast.channels.models import Account
from signalcast.core import events
from signalcast.core.printable import printable

#: Seconds that a mailbox may take for one answer, and mails read from it at a time.
ANSWER_WITHIN = 15.0
MOST = 200
#: Bytes of a mail: what came back is part of it.
LARGEST = 2_000_000
#: Headers in which mail servers leave the address that a mail came to.
RECIPIENTS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
#: Characters of a mailbox's words that are shown to people.
SHOWN = 200

_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class _Unreadable(Exception):
    """A mailbox that cannot be read now; the text says why and what to do."""


def collect_bounces() -> None:
    """The job: read the mailbox of each mail server that has one. Each mail is read once.

    What is wrong with a mailbox is told at its account, and it is read again the next time.
    """
    for account in Account.objects.filter(kind="email").order_by("pk"):
        try:
            server = read_server(account.settings)
        except WrongServer:
            continue  # whoever sends through it says so
        if server.mailbox is None:
            continue
        lead = _("Bounces cannot be read.")
        mine = Account.objects.filter(pk=account.pk)
        try:
            disabled = _collect(server, server.mailbox)
        except _Unreadable as problem:
            mine.update(last_error=f"{lead} {problem}")
            events.warn("bounces.not_read", account=account.name, why=str(problem))
        else:
            mine.filter(last_error__startswith=lead).update(last_error="")
            events.emit("bounces.read", account=account.name, disabled=disabled)


def _collect(server: Server, mailbox: Mailbox) -> int:
    with _opened(mailbox) as imap:
        _status, [found] = imap.uid("SEARCH", "UNSEEN")
        disabled = 0
        for number in (found or b"").decode("ascii", "replace").split()[:MOST]:
            mail = _mail(imap, number)
            if mail is not None:
                disabled += _take(mail, server)
            # Only now: a mail whose bounce was not stored is read once more.
            imap.uid("STORE", number, "+FLAGS.SILENT", "(\\Seen)")
        return disabled


def _take(mail: bytes, server: Server) -> int:
    """Disable what a mail tells of, if it is a bounce of ours."""
    uid = _destination(mail, server)
    if uid is None:
        return 0
    try:
        found = read_bounces(mail, "message/rfc822")
    except BadBounce:
        return 0  # an answer that says when somebody is back from holidays
    return max(bounce(one, uid=uid) for one in found)


def _destination(mail: bytes, server: Server) -> UUID | None:
    """The destination whose mail came back, by the address that it came back to."""
    local, _at, domain = server.bounces.rpartition("@")
    ours = re.compile(rf"{re.escape(local)}\+([0-9a-f-]{{36}})@{re.escape(domain)}", re.IGNORECASE)
    parsed = message_from_bytes(mail, policy=default)
    for name in RECIPIENTS:
        for value in parsed.get_all(name, []):
            if match := ours.search(str(value)):
                try:
                    return UUID(match[1])
                except ValueError:
                    continue
    return None


def _mail(imap: imaplib.IMAP4, number: str) -> bytes | None:
    """A whole mail; None when it is gone or too large to be a bounce."""
    _status, told = imap.uid("FETCH", number, "(RFC822.SIZE)")
    size = _SIZE.search(b" ".join(part for part in told if isinstance(part, bytes)))
    if size is None or int(size[1]) > LARGEST:
        return None
    _status, told = imap.uid("FETCH", number, "(BODY.PEEK[])")
    return next((part[1] for part in told if isinstance(part, tuple)), None)


@contextmanager
def _opened(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    """The mailbox, signed in. Raises _Unreadable for whatever goes wrong until it is closed."""
    host = {"host": mailbox.host}
    try:
        with _connected(mailbox) as imap:
            _sign_in(imap, mailbox)
            imap.select("INBOX")
            yield imap
    except ssl.SSLError as error:
        sentence = _(
            "%(host)s has no encryption that can be trusted. Look at its port and encryption."
        )
        raise _Unreadable(sentence % host) from error
    except OSError as error:
        sentence = _("%(host)s cannot be reached. Look at its name, port and encryption.")
        raise _Unreadable(sentence % host) from error
    except imaplib.IMAP4.error as error:
        said = {"said": printable(str(error), SHOWN)}
        raise _Unreadable(_("%(host)s answered: %(said)s.") % (host | said)) from error


@contextmanager
def _connected(mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
    where = (mailbox.host, mailbox.port)
    trusted = ssl.create_default_context()
    imap = (
        imaplib.IMAP4_SSL(*where, ssl_context=trusted, timeout=ANSWER_WITHIN)
        if mailbox.security == "tls"
        else imaplib.IMAP4(*where, timeout=ANSWER_WITHIN)
    )
    try:
        if mailbox.security == "starttls":
            imap.starttls(trusted)
        yield imap
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            imap.logout()
        with suppress(OSError):  # the library leaves it open when saying goodbye fails
            imap.shutdown()


def _sign_in(imap: imaplib.IMAP4, mailbox: Mailbox) -> None:
    try:
        imap.login(mailbox.username, mailbox.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        sentence = _("%(host)s does not take the mailbox's user name and password.")
        raise _Unreadable(sentence % {"host": mailbox.host}) from error
