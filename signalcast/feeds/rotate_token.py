"""Give a source another token."""

from __future__ import annotations

from signalcast.core import events
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Source
from signalcast.feeds.tokens import new_token


def rotate_token(source: Source) -> str:
    """The new token of SOURCE. The old one ends within the seconds that doors remember it."""
    token = new_token()
    source.token_digest = token_digest(token)
    source.save(update_fields=["token_digest"])
    events.emit("source.token_rotated", source=source.slug)
    return token
