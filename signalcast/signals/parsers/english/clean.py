"""Brings a message to plain characters and takes out what can be no part of a call."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

#: Check marks: as a bullet they decorate, behind a level they say that it was reached.
CHECKS = "✅✔☑"

#: The multiplication sign, and the Cyrillic letter that stands for it in `20\u0445`.
_TIMES, _HA = "\u00d7", "\u0445"
_OVERRIDES = "\u202d\u202e\u2066\u2067\u2068"
_LINK = re.compile(r"(?:https?://|www\.|t\.me/)\S+", re.IGNORECASE)
_MENTION = re.compile(r"<@[&!]?\d+>|(?<!\w)@(?!(?:market|mkt|cmp|now)\b)[A-Za-z_]\w*")
_FORWARDED = re.compile(r"^[^\n\[\]]{1,80}, \[\d{1,2}[./]\d{1,2}[./]\d{2,4}[^\]\n]{0,20}\]", re.M)
_DATE = re.compile(
    r"(?<![\w.,/-])(?:(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2(?:19|20)\d\d)"
    r"(?![\w/-])"
)
_CLOCK = re.compile(
    r"(?<![\w.:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?! ?\.?\d)(?: ?[ap]m\b)?", re.IGNORECASE
)
_RATIO = re.compile(
    r"\b(?:risk[ /-]{1,3}(?:to[ -])?reward(?: ratio)?|r ?[:/] ?r|rrr?|ratio|reward)\b"
    r"(?:[^\w\n]{0,5}\d{1,4}(?:\.\d{1,4})?(?: ?: ?\d{1,4}(?:\.\d{1,4})?)?)?",
    re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"\bnot (?:an? )?(?:financial|investment|trading) advice\b|\bnot more than\b", re.IGNORECASE
)
_IDENTITY = re.compile(r"\b(id|ref)\b ?[:=#]{1,2} ?#?([A-Za-z0-9][\w.-]{0,63})", re.IGNORECASE)
_DOTTED = re.compile(r"\b([ts]) ?[./] ?([pl])(?![A-Za-z])", re.IGNORECASE)
_REPLY = re.compile(r"^ ?>|^\W{0,3}in reply to\b", re.IGNORECASE | re.M)


@dataclass(frozen=True, slots=True)
class Message:
    """The readable rest of a message."""

    text: str
    #: Ids that the source gave: of this signal, and of the earlier one that is meant.
    id: str | None
    ref: str | None
    #: It answers or quotes another message.
    reply: bool
    #: Mostly in another script than Latin.
    foreign: bool
    #: It has digits of another script, or marks that show text in another order than it has.
    disguised: bool


def clean(text: str) -> Message:
    """Plain characters only: ASCII, Latin letters, line ends and check marks."""
    plain = "".join(map(_plain, _without_keycaps(text)))
    letters = [ch for ch in plain if ch.isalpha()]
    strange = sum(not _is_latin(ch) for ch in letters)
    reply = bool(_REPLY.search(plain))
    plain = _FORWARDED.sub(" ", plain)
    for pattern in (_LINK, _MENTION, _DISCLAIMER):
        plain = pattern.sub(" ", plain)
    identities: dict[str, str] = {}
    for match in _IDENTITY.finditer(plain):
        identities.setdefault(match[1].lower(), match[2])
    for pattern in (_IDENTITY, _DATE, _RATIO, _CLOCK):
        plain = pattern.sub(_blank, plain)
    return Message(
        text=_DOTTED.sub(_undotted, plain),
        id=identities.get("id"),
        ref=identities.get("ref"),
        reply=reply,
        foreign=strange * 5 > len(letters),
        disguised=any(ch in _OVERRIDES or _is_foreign_digit(ch) for ch in text),
    )


def _without_keycaps(text: str) -> str:
    return re.sub("[0-9#*]\ufe0f?\u20e3", " ", text)


def _plain(ch: str) -> str:
    """What stands for a character: itself, something simpler, a blank, or nothing."""
    if ch in "\r\u2028\u2029\x85\x0b\x0c":
        return "" if ch == "\r" else "\n"
    if ch.isascii():
        return ch if ch.isprintable() or ch == "\n" else " "
    if ch in CHECKS:
        return CHECKS[0]
    if ch in _TIMES + _HA:
        return "x" if ch == _TIMES else ch
    category = unicodedata.category(ch)
    if category in {"Cf", "Mn", "Me"}:
        return ""
    if category == "Pd" or ch == "\u2212":
        return "-"
    if ch in "\u2018\u2019`\u00b4":
        return "'"
    if category[0] == "L" or category == "Nd" or category[0] == "P":
        simple = unicodedata.normalize("NFKC", ch)
        if category[0] == "L":
            return simple if len(simple) <= 4 and simple.isalpha() else ch
        return simple if len(simple) == 1 and simple.isascii() else " "
    return " "


def _is_latin(ch: str) -> bool:
    return ch.isascii() or ch == _HA or unicodedata.name(ch, "").startswith("LATIN")


def _is_foreign_digit(ch: str) -> bool:
    return (
        ch.isdigit()
        and unicodedata.category(ch) == "Nd"
        and not (unicodedata.normalize("NFKC", ch).isascii())
    )


def _blank(match: re.Match[str]) -> Literal[" "]:
    return " "


def _undotted(match: re.Match[str]) -> str:
    joined = match[1] + match[2]
    return f" {joined} " if joined.lower() in {"tp", "sl"} else match[0]
