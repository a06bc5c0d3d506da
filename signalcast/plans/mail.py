"""Single mails to subscribers, by the way that this installation sends mail."""

from __future__ import annotations

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from signalcast.channels.email.server import Server, WrongServer, read_server
from signalcast.channels.models import Account
from signalcast.shop.current import current

SMTP = "django.core.mail.backends.smtp.EmailBackend"
#: Seconds for a mail server's answer.
WITHIN = 20


def can_mail() -> bool:
    """Whether mail has a way out: Django's own settings, or an account at a mail server."""
    return _by_settings() or _server() is not None


def mail(address: str, subject: str, text: str) -> None:
    """Send one mail. Raises OSError where the server does not take it."""
    server = None if _by_settings() else _server()
    connection = _connection(server) if server else None
    sender = server.sender if server else None
    if name := current().own_name:
        sender = f'"{name}" <{parseaddr(sender or settings.DEFAULT_FROM_EMAIL)[1]}>'
    EmailMessage(subject, text, sender, [address], connection=connection).send()


def _by_settings() -> bool:
    return settings.EMAIL_BACKEND != SMTP or settings.EMAIL_HOST != "localhost"


def _server() -> Server | None:
    """The first of the mail servers that signals go through."""
    for account in Account.objects.filter(kind="email").order_by("pk"):
        try:
            return read_server(account.settings)
        except WrongServer:
            continue  # whoever sends signals through it says so
    return None


def _connection(server: Server) -> BaseEmailBackend:
    return get_connection(
        SMTP,
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.security == "starttls",
        use_ssl=server.security == "tls",
        timeout=WITHIN,
    )
