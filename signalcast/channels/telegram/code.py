"""Codes with which somebody shows a bot whose chat it is that he writes from."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple

from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.channels.models import Account
from signalcast.core import clock

#: Seconds for which a code is good.
GOOD_FOR = 900
#: Characters that Telegram hands on after /start, of A-Z a-z 0-9 _ -.
LONGEST = 64
#: User, account, and the second until which it is good; then what makes each code another one.
_FORM = struct.Struct(">QIQ4s")
_SIGNATURE = 16
_SALT = "signalcast.channels.telegram.code"


class WrongCode(ValueError):
    """A code that connects nothing; the text says what to do."""


class Meant(NamedTuple):
    """Whom a code connects, through which account."""

    user_id: int
    account_id: int


def make_code(user: User, account: Account) -> str:
    """A code for USER, for the bot of ACCOUNT."""
    until = int(clock.now().timestamp()) + GOOD_FOR
    said = _FORM.pack(user.pk, account.pk, until, get_random_string(4).encode())
    return urlsafe_b64encode(said + _sign(said)).decode().rstrip("=")


def read_code(code: str, written: datetime) -> Meant:
    """Whom a code that was WRITTEN at a moment connects. Raises WrongCode with a sentence."""
    try:
        text = urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except ValueError:
        text = b""
    said, signature = text[:-_SIGNATURE], text[-_SIGNATURE:]
    if len(said) != _FORM.size or not constant_time_compare(signature, _sign(said)):
        raise WrongCode(_("This code is none of ours. Open the link on your page once more."))
    user_id, account_id, until, _other = _FORM.unpack(said)
    if written.timestamp() > until:
        raise WrongCode(_("This code was good for 15 minutes. Get a new one on your page."))
    return Meant(user_id, account_id)


def _sign(said: bytes) -> bytes:
    return salted_hmac(_SALT, said, algorithm="sha256").digest()[:_SIGNATURE]
