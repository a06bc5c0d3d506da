"""A receipt on its way to the database, and what may become of it."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from uuid import UUID

import msgspec

from signalcast.core.ids import new_id
from signalcast.intake.states import Door
from signalcast.pipeline import BODY_REMEMBERED_SECONDS, ID_REMEMBERED_DAYS

LONGEST_THREAD = 160
#: What a key starts with says what it was made of.
REQUEST, SIGNAL, MESSAGE, BODY = "h:", "i:", "w:", "b:"
#: Shorter than a digest, so that no name can be one.
PLAIN_NAME = re.compile(r"[a-z0-9._:-]{1,63}")


class NewReceipt(msgspec.Struct, kw_only=True):
    """What the committer stores as a Receipt and its IdempotencyKey."""

    source_id: int
    door: Door
    body: bytes
    key: str
    thread: str | None
    #: Why nobody shall work on it. Empty for what is to be decided.
    ignored: str = ""
    id: UUID = msgspec.field(default_factory=new_id)


class Status(StrEnum):
    """What became of a receipt."""

    ACCEPTED = "accepted"
    #: An earlier one has the same key: the answer carries that one's id.
    DUPLICATE = "duplicate"
    #: An earlier one has the same Idempotency-Key and another body.
    MISMATCH = "mismatch"
    #: The database refuses this row, and would refuse it again.
    REFUSED = "refused"


class Outcome(msgspec.Struct, frozen=True):
    """The id of the receipt that stands for the request, and how it came to it."""

    id: UUID
    status: Status


def key_of(kind: str, name: str) -> str:
    """The key for a name that a source gave: the name itself where it is short and plain.

    Names are often numbered, and keys that are alike lie together in the index: a batch then
    changes a few of its pages, and with digests one page for every row. Capital letters are not
    plain, since some engines don't tell them from small ones.
    """
    if PLAIN_NAME.fullmatch(name):
        return kind + name
    return kind + hashlib.sha256(name.encode()).hexdigest()


def key_of_body(body: bytes) -> str:
    """The key of what has no name."""
    return BODY + hashlib.sha256(body).hexdigest()


def remembered(key: str) -> int:
    """Seconds that KEY is remembered: a body without an id for a short time only."""
    return BODY_REMEMBERED_SECONDS if key.startswith(BODY) else ID_REMEMBERED_DAYS * 86_400


def thread_name(text: str) -> str:
    """TEXT as a thread, as a digest where the column could not hold it."""
    if len(text) <= LONGEST_THREAD and text.isprintable():
        return text
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
