"""Standard Webhooks 1.0 signatures: what we send is signed with them, what we get may be."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.utils.translation import gettext as _

PREFIX = "whsec_"
#: Seconds by which a message's timestamp may differ from ours, either way.
TOLERANCE = 300


class BadSignature(Exception):
    """A message that was not signed with any of the secrets, or too long ago; says which."""


def new_secret() -> str:
    """A secret of 32 random bytes in the notation receivers expect."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature header's value. SECRET may hold several, separated by spaces: all sign.

    TIMESTAMP is in seconds since 1970.
    """
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return " ".join([_signature(signer, signed) for signer in signers(secret)])


def verify(secret_texts: Iterable[str], headers: Mapping[str, str], body: bytes, now: int) -> None:
    """Check a message against secrets, any of which may have signed it.

    HEADERS are looked up by lower-case names; NOW is in seconds since 1970. Raises BadSignature.
    """
    try:
        message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split()
    except KeyError as error:
        raise BadSignature(_("The header %(name)s is missing.") % {"name": error.args[0]}) from None
    # int() would also take "+1" and "1_0", which nobody signed.
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16):
        raise BadSignature(_("webhook-timestamp is not a number of seconds."))
    timestamp = int(stamp)
    if timestamp < now - TOLERANCE:
        raise BadSignature(_("The message is older than 5 minutes."))
    if timestamp > now + TOLERANCE:
        raise BadSignature(_("The message comes from the future: check the sender's clock."))
    signed = b"%b.%b.%b" % (message_id.encode("utf-8", "surrogateescape"), stamp.encode(), body)
    expected = [_signature(signer, signed) for text in secret_texts for signer in signers(text)]
    # No shortcut: how long this takes tells nothing about which secret or byte differs.
    fits = [
        hmac.compare_digest(wanted.encode(), candidate.encode("utf-8", "surrogateescape"))
        for wanted in expected
        for candidate in given
    ]
    if not any(fits):
        raise BadSignature(_("No signature fits."))


# Copying a keyed HMAC costs half of keying one anew.
@lru_cache(maxsize=4_096)
def signers(text: str) -> tuple[hmac.HMAC, ...]:
    """One keyed HMAC for each secret in TEXT, which may hold several, separated by spaces.

    `whsec_` and base64 give the key's bytes; any other text is the key itself.
    """
    return tuple(hmac.new(_key(word), digestmod="sha256") for word in text.split())


def _key(word: str) -> bytes:
    if not word.startswith(PREFIX):
        return word.encode()
    encoded = word.removeprefix(PREFIX)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return encoded.encode()


def _signature(signer: hmac.HMAC, signed: bytes) -> str:
    keyed = signer.copy()
    keyed.update(signed)
    return "v1," + binascii.b2a_base64(keyed.digest(), newline=False).decode()
