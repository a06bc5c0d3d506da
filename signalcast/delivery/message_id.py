"""The id by which a receiver recognises a message that it has had before."""

from __future__ import annotations

import hashlib
from itertools import product

#: Characters of base32, five bits each.
LENGTH = 26
# Two characters at a time: the library's base32 takes five times as long.
_PAIRS = ["".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]
_SHIFTS = range(10 * (LENGTH // 2 - 1), -1, -10)


def message_id(post_id: int, destination_uid: str) -> str:
    """Derived from post and destination alone, so that every attempt, by whomever, carries it."""
    digest = hashlib.sha256(f"{post_id}:{destination_uid}".encode()).digest()
    # The first 130 bits of the 136 in 17 bytes.
    bits = int.from_bytes(digest[:17], "big") >> 6
    return "msg_" + "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])
