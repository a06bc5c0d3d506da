"""Tell somebody by mail what became of the account."""

from __future__ import annotations

from django.utils import translation

from signalcast.accounts.models import User
from signalcast.portal.entrance.mail import mail_server, send_later
from signalcast.portal.entrance.mail_words import words_of


def tell(user: User, template_prefix: str) -> None:
    """Have the mail of TEMPLATE_PREFIX sent in USER's language, where there is a mail server."""
    if mail_server() is None:
        return
    with translation.override(user.language or translation.get_language()):
        send_later(user.email, *words_of(template_prefix, {}))
