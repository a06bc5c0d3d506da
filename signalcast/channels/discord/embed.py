"""The form that Discord takes a message in: one embed."""

from __future__ import annotations

from typing import Any

import msgspec

from signalcast.channels.base import Content
from signalcast.channels.discord.markdown import escape
from signalcast.channels.wording import Words, word

#: Characters that Discord takes, https://discord.com/developers/docs/resources/message#embed-object
#: (6,000 in all is more than both together).
TITLE = 256
DESCRIPTION = 4_096

BUY = 0x2E9E5B
SELL = 0xD64545
ENDED = 0x7A8194
TOLD = 0x4C7DD9


def embed(content: Content, language: str) -> bytes:
    """The body of the request, made once for all receivers. Raises `wording.TooLong`."""

    def make(content: Content) -> bytes:
        title, description = _fit(content, language)
        shown: dict[str, Any] = {"color": _colour(content), "timestamp": content.timestamp}
        # Discord refuses empty ones.
        shown |= {"title": title} if title else {}
        shown |= {"description": description} if description else {}
        # Nobody is pinged, whatever somebody wrote into a comment.
        return msgspec.json.encode({"embeds": [shown], "allowed_mentions": {"parse": []}})

    return content.form(f"discord:{language}", make)


def _fit(content: Content, language: str) -> Words:
    """Title and description, escaped. Escaping takes room, so the words are cut until it does."""
    most = DESCRIPTION
    while True:
        words = word(content, kind="discord", language=language, most=most)
        form = _laid_out(Words(escape(words.subject), escape(words.body)))
        over = _length(form.body) - DESCRIPTION
        if over <= 0:
            return form
        # At most every character got a backslash: half of the excess is the least to go.
        most = min(most, len(str(words))) - (over + 1) // 2


def _laid_out(words: Words) -> Words:
    """A subject that is too long for a title is not cut: it may hold a price."""
    return words if _length(words.subject) <= TITLE else Words("", str(words))


def _length(text: str) -> int:
    """As JavaScript counts, which is never less than Discord does."""
    return len(text.encode("utf-16-le")) // 2


def _colour(content: Content) -> int:
    if content.type in ("signal.closed", "signal.cancelled"):
        return ENDED
    side = content.data.get("signal", {}).get("side")
    return {"buy": BUY, "sell": SELL}.get(side, TOLD)
