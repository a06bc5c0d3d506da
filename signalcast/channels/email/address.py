"""Mail addresses."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from signalcast.channels.base import AddressError

#: RFC 5321, section 4.5.3.1.3, without the angle brackets.
LONGEST = 254

_valid = EmailValidator()


def read_address(text: str) -> str:
    """The address that somebody typed, as it is stored. Raises AddressError with a sentence."""
    address = text.strip(" \t")
    if len(address) > LONGEST:
        raise AddressError(
            _("An e-mail address has %(most)d characters at most.") % {"most": LONGEST}
        )
    try:
        _valid(address)
    except ValidationError:
        raise AddressError(
            _("This is no e-mail address. Give one like name@example.org.")
        ) from None
    mailbox, _at, domain = address.rpartition("@")
    if not mailbox.isascii() or re.search(r"[\x00-\x20\x7f]", address):
        raise AddressError(_("The part before the @ may have plain letters and signs only."))
    return f"{mailbox}@{domain.encode('idna').decode().lower()}"
