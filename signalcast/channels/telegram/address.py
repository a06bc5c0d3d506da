"""The chats that a message can be sent to: by number, or by a public name."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from signalcast.channels.base import AddressError, Rate

NUMBER = re.compile(r"-?[1-9][0-9]{0,15}")
NAME = re.compile(r"(?:@|(?:https?://)?(?:t|telegram)\.me/)([A-Za-z][A-Za-z0-9_]{3,31})/?")

#: Telegram asks for no more than one message a second in a chat.
PERSON = (Rate(1.0, 1),)
#: And for no more than 20 a minute where many are: 15 and a burst of 5 are 20 in any minute.
GROUP = (Rate(1.0, 1), Rate(0.25, 5))


def chat_of(text: str) -> str:
    """A chat in its stored spelling: its number, or @ and its name. Raises AddressError."""
    text = text.strip()
    if NUMBER.fullmatch(text):
        return text
    if named := NAME.fullmatch(text):
        return f"@{named[1]}"
    raise AddressError(
        _(
            "This is no Telegram chat. Give its number, as in -1001234567890, or its public name,"
            " as in @channel."
        )
    )


def rates_of(address: str) -> tuple[Rate, ...]:
    """How fast messages may follow each other at a chat: groups and channels have a minus or @."""
    return GROUP if address[:1] in ("-", "@") else PERSON
