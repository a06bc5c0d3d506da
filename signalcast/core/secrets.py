"""Secrets at rest: encrypted with keys that can be rotated, tokens kept only as their digest."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import models

from signalcast.core.env import environment
from signalcast.core.home import secret_file

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def token_digest(token: str) -> str:
    """SHA-256 of a token, as stored: tokens are random, so no salt or stretching is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def keyring() -> MultiFernet:
    """The keys, newest first: the first encrypts, all decrypt."""
    # Here and below: 7 MB, which processes that meet no secret do without.
    from cryptography.fernet import Fernet, MultiFernet

    text = environment().encryption_keys or secret_file(
        "encryption.key", make=Fernet.generate_key().decode()
    )
    return MultiFernet([Fernet(key.strip()) for key in text.split(",") if key.strip()])


class Undecryptable(Exception):
    """A stored secret fits none of the keys: a key was lost or the home was mixed up."""


def seal(text: str) -> str:
    """TEXT as only this installation can read it."""
    return keyring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed. Raises Undecryptable."""
    from cryptography.fernet import InvalidToken

    try:
        return keyring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Undecryptable(
            "A stored secret fits none of SIGNALCAST_ENCRYPTION_KEYS. "
            "Add the key that was in use when it was stored."
        ) from error


class EncryptedTextField(models.TextField[str, str]):
    """Text that is encrypted in the database and plain in the program. Cannot be searched."""

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or value == "":
            return value  # type: ignore[no-any-return]
        return seal(str(value))

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return unseal(value) if value else value
