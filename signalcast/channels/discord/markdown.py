"""Discord's Markdown: text that is shown as it was written, and back."""

from __future__ import annotations

import re

#: What has a meaning wherever it stands. A backslash before anything but a letter, a digit or
#: space makes it text at Discord.
ANYWHERE = r"[\\*_~`|\[\]<>#]"
#: Headings, lists and quotes: they have a meaning where a line begins.
LINE_STARTS = r"^(?P<indent>\s*(?:\d+(?=\.\s))?)(?P<mark>[-+.])(?=\s|#)"
#: `:name:` becomes a picture. Times as in 12:30:45 are none.
EMOJI = r":(?=[A-Za-z_][A-Za-z0-9_+-]*:)"
#: Addresses are read as such before anything else in them; a backslash would be part of them.
ADDRESS = r"https?://[^\s<]+[^<.,:;\"')\]\s]"

_SPECIAL = re.compile(
    rf"(?P<address>{ADDRESS})|{LINE_STARTS}|(?P<special>{ANYWHERE}|{EMOJI})", re.MULTILINE
)
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def escape(text: str) -> str:
    """TEXT so that Discord shows it as it is."""
    return _SPECIAL.sub(_escaped, text)


def unescape(text: str) -> str:
    """What Discord shows of an escaped text."""
    return _ESCAPED.sub(r"\1", text)


def _escaped(found: re.Match[str]) -> str:
    if found["address"]:
        return found["address"]
    if found["mark"]:
        return f"{found['indent']}\\{found['mark']}"
    return "\\" + found["special"]
