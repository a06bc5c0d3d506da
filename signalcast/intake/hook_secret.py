"""The secret in a hook's body, for senders that can set no header: checked, and taken out."""

from __future__ import annotations

import hmac
import re

import msgspec

NAMES = ("secret", "passphrase", "token")
#: A shorter secret could be part of anything, so only a longer one is looked for everywhere.
SHORTEST_TO_BLANK = 8

_as_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.encode
#: `secret=...`, `secret: ...` and `"secret": "..."`, alone in a line or between separators.
_IN_TEXT = re.compile(
    rb"""(?imx) (?P<before>^|[;,{]) [ \t]* "?(?P<name>secret|passphrase|token)"? [ \t]*[=:][ \t]*
    "?(?P<value>[^\s;,"}]+)"? [ \t]* (?P<after>\r?\n|[;,]|(?=\})|\Z)"""
)


def read_object(body: bytes) -> dict[str, msgspec.Raw] | None:
    """The members of a JSON object, as they were written; None when BODY is none."""
    try:
        return _as_object(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def take_secret(
    body: bytes, members: dict[str, msgspec.Raw] | None, *, expected: str
) -> tuple[bytes, bool]:
    """BODY without its secret, and whether that is the one EXPECTED. "" asks for none.

    Numbers and everything else stay as they were written.
    """
    if members is not None:
        rest, found = _from_object(body, members)
    else:
        rest, found = _from_text(body, expected)
    secret = expected.encode()
    # A list and not a generator: the time must not tell which one fitted.
    fits = [hmac.compare_digest(given, secret) for given in found]
    if len(secret) >= SHORTEST_TO_BLANK and secret in rest:
        rest = rest.replace(secret, b"***")
    return rest, not secret or any(fits)


def _from_object(body: bytes, members: dict[str, msgspec.Raw]) -> tuple[bytes, list[bytes]]:
    found = []
    for name in [name for name in members if name.lower() in NAMES]:
        try:
            found.append(msgspec.json.decode(members.pop(name), type=str).encode())
        except (msgspec.DecodeError, UnicodeError):
            found.append(b"")
    return (_encode(members) if found else body), found


def _from_text(body: bytes, expected: str) -> tuple[bytes, list[bytes]]:
    found: list[bytes] = []

    def take(match: re.Match[bytes]) -> bytes:
        value = match["value"]
        # "Token: SOL" names a coin as often as a secret.
        if match["name"].lower() == b"token" and value != expected.encode():
            return match[0]
        found.append(value)
        return match["before"] if match["before"] in b";,{" else b""

    return _IN_TEXT.sub(take, body), found
