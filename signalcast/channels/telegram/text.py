"""A content as Telegram shows it: plain text with a bold first line, never markup."""

from __future__ import annotations

from typing import Any

import msgspec

from signalcast.channels.base import Content
from signalcast.channels.wording import word

#: Characters of a message after its entities were read, and Telegram counts UTF-16 units.
LONGEST = 4_096

_encode = msgspec.json.Encoder().encode


def text_of(content: Content, language: str) -> bytes:
    """The members of a sendMessage request, but for the chat, without the braces: as JSON.

    The bold part is told beside the text and not in it, so that what somebody wrote into a comment
    is text, whatever it looks like. Raises TooLong.
    """

    def make(content: Content) -> bytes:
        return _encode(_members(content, language))[1:-1]

    return content.form(f"telegram:{language}", make)


def _members(content: Content, language: str) -> dict[str, Any]:
    # Made for fewer characters until it fits, for one character may be two units.
    most = LONGEST
    while True:
        words = word(content, kind="telegram", language=language, most=most)
        text = str(words)
        beyond = units(text) - LONGEST
        if beyond <= 0:
            break
        most = min(most, len(text)) - (beyond + 1) // 2
    bold = {"type": "bold", "offset": 0, "length": units(words.subject)}
    return {
        "text": text,
        "entities": [bold] if words.subject else [],
        "link_preview_options": {"is_disabled": True},
    }


def units(text: str) -> int:
    """How long TEXT is by Telegram's count: UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)
