"""The id by which a receiver recognises a message that it has had before."""

from __future__ import annotations

import hashlib
from itertools import product

#: Two digits of base 32 at a time, in lower case. `b32encode` takes twice as long, and every
#: delivery needs an id.
_PAIRS = tuple(map("".join, product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)))
#: Where its thirteen pairs begin, of ten bits each.
_PLACES = tuple(range(120, -1, -10))


def message_id(post_id: int, destination_uid: str) -> str:
    """Derived from post and destination alone, so that every attempt, by whomever, carries it."""
    digest = hashlib.sha256(f"{post_id}:{destination_uid}".encode()).digest()
    number = int.from_bytes(digest[:17], "big") >> 6
    return "msg_" + "".join([_PAIRS[number >> place & 1023] for place in _PLACES])
