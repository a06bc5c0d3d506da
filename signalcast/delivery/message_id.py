"""The id by which a receiver recognises a message that it has had before."""

from __future__ import annotations

import hashlib
from base64 import b32encode


def message_id(post_id: int, destination_uid: str) -> str:
    """Derived from post and destination alone, so that every attempt, by whomever, carries it."""
    digest = hashlib.sha256(f"{post_id}:{destination_uid}".encode()).digest()
    return "msg_" + b32encode(digest[:20])[:26].decode().lower()
