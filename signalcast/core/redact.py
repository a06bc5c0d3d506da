"""Takes what is secret out of what is logged, and makes all of it plain. Never raises."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from typing import Any

#: Stands where a secret was.
HIDDEN = "[hidden]"
#: Characters of one text, and members of one list or object, that are kept.
LONGEST = 8_000
MOST = 500
#: Objects in objects that are looked into.
DEEPEST = 5
#: Read past the cut, so that a secret that the cut would halve is still seen whole.
MARGIN = 300
#: Integers past this size cannot be read back by every program that reads JSON.
LARGEST = 2**63 - 1

_SECRET_NAME = re.compile(
    r"passw|secret|token|authori[sz]ation|api[-_]?key|private[-_]?key|cookie|credential|session_?id",
    re.IGNORECASE,
)
_NAMES = r"(?:passwd|password|secret|token|api[-_]?key|authorization|signature|cookie)[\w-]{0,40}"
#: One of these is in every text with a secret: looking for them is a hundred times as fast.
_HINTS = (
    *("://", "/in/", "unsubscribe/", "bounces/", "webhooks/", "services/", "whsec_", "_live_"),
    *("_test_", "bearer", "basic", "passw", "secret", "token", "api", "authorization"),
    *("signature", "cookie", ":aa", "/bot", "sct_"),
)
#: Each alternative keeps what its group `k...` holds and hides the rest.
_SECRET = re.compile(
    "|".join(
        (
            # user:password@ in addresses
            r"(?P<k1>://[^\s/:@]{0,100}:)[^\s/@]{1,500}(?=@)",
            # tokens in our own paths, and in those of hooks at Discord, Slack and Telegram
            r"(?P<k2>/(?:in/hooks|in/telegram|unsubscribe|hooks/bounces)/)[^\s/?#\"'&]+",
            r"(?P<k3>/api/(?:v\d+/)?webhooks/\d+/)[\w-]+",
            r"(?P<k4>hooks\.slack\.com/services/)[\w/]+",
            r"(?P<k5>\bbot\d{5,20}:|\b\d{5,20}:(?=aa))[\w-]{20,}",
            r"(?P<k6>\bwhsec_)[\w+/=-]+",
            r"(?P<k7>\b(?:sk|rk|pk)_(?:live|test)_)\w+",
            r"(?P<k8>\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}",
            # tokens of programs, wherever they stand
            r"(?P<k11>\bsct_)[\w-]{20,}",
            # names with their values: queries, forms, JSON, command lines
            rf"(?P<k9>{_NAMES}[\"']?\s*[=:]\s*(?:b(?=[\"']))?[\"']?)(?!\[hidden\]|None\b|null\b)(?:(?:bearer|basic)\s+)?[^\s\"'&,;}})\]]+",
            rf"(?P<k10>--[\w-]{{0,40}}{_NAMES}\s+)[^\s-]\S*",
        )
    ),
    re.IGNORECASE,
)


def redact(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
    """A processor for structlog: every field plain, bounded, and without what is secret."""
    return {_text(name): _field(name, value, 0) for name, value in fields.items()}


def redacted(text: str) -> str:
    """TEXT without what looks secret, bounded."""
    cut = len(text) > LONGEST
    safe = text[: LONGEST + MARGIN] if cut else text
    safe = _without(safe)
    if cut:
        return f"{safe[:LONGEST]}... ({len(text):,} characters)"
    return safe


def whole(value: Any, name: str = "") -> Any:
    """What was read from JSON, without what looks secret, and without any of the bounds above."""
    if name and secret_name(name) and value and not isinstance(value, bool | int | float):
        return HIDDEN
    if isinstance(value, dict):
        return {key: whole(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return _without(_text(value)) if isinstance(value, str) else value


def secret_name(name: str) -> bool:
    """Whether a field of this name holds what nobody shall read."""
    return _SECRET_NAME.search(name) is not None


def _without(text: str) -> str:
    lowered = text.lower()
    return _SECRET.sub(_hide, text) if any(hint in lowered for hint in _HINTS) else text


def _hide(found: re.Match[str]) -> str:
    kept = found[found.lastgroup] if found.lastgroup else ""
    return kept + HIDDEN


def _field(name: Any, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return _number(value)
    if isinstance(name, str) and secret_name(name) and value:
        return HIDDEN
    return _plain(value, depth)


def _number(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > LARGEST:
        # Not its digits: making text of a huge number takes longer than anybody waits.
        return f"a number of {value.bit_length()} bits"
    return value


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redacted(_text(value))
    if isinstance(value, bytes | bytearray):
        return redacted(bytes(value[: LONGEST + MARGIN]).decode(errors="replace"))
    if depth >= DEEPEST:
        return "..."
    try:
        if isinstance(value, Mapping):
            return {_text(key): _field(key, one, depth + 1) for key, one in _first(value.items())}
        if isinstance(value, list | tuple | AbstractSet):
            return [_field("", one, depth + 1) for one in _first(value)]
    except Exception:  # a container of somebody else's can fail in any way
        return f"<unreadable {type(value).__name__}>"
    return redacted(_described(value))


def _first(values: Any) -> list[Any]:
    return [one for _index, one in zip(range(MOST), values, strict=False)]


def _described(value: Any) -> str:
    """What an object says of itself. Its own code may fail, whatever it is."""
    try:
        return _text(repr(value) if isinstance(value, BaseException) else str(value))
    except Exception:
        return f"<unreadable {type(value).__name__}>"


def _text(value: Any) -> str:
    """A plain text that can be encoded: lone surrogates cannot."""
    text = str.__str__(value) if isinstance(value, str) else _described(value)
    return text if text.isascii() else text.encode(errors="replace").decode()
