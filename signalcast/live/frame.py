"""One event as a stream carries it."""

from __future__ import annotations


def frame(id_: str, event: str, data: bytes) -> bytes:
    """An event (HTML standard, section 9.2.6). DATA is one line.

    Without data it tells nobody anything, but the listener remembers the id.
    """
    parts = [b"id: " + id_.encode()] if id_ else []
    parts += [b"event: " + event.encode()] if event else []
    parts += [b"data: " + data] if data else []
    return b"\n".join(parts) + b"\n\n"
