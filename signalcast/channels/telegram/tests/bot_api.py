"""The Bot API as Telegram describes it: which parameters its methods take, and of which types.

`bot-api.json` holds the part that is needed of PaulSonOfLars/telegram-bot-api-spec.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

PLAIN: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "True": bool,
    "Float": (int, float),
}


@cache
def _described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("bot-api.json").read_text())
    return found


def wrong_call(method: str, parameters: Any) -> list[str]:
    """What Telegram would not understand about a call."""
    fields = _described()["methods"].get(method)
    if fields is None:
        return [f"{method}: no such method is described"]
    return list(_wrong_members(method, fields, parameters))


def wrong_type(name: str, value: Any) -> list[str]:
    """What Telegram would not send as a value of the type NAME."""
    return list(_wrong_members(name, _described()["types"][name], value))


def _wrong_members(place: str, fields: dict[str, Any], value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: no object"
        return
    for name in value.keys() - fields.keys():
        yield f"{place}.{name}: unknown"
    for name, field in fields.items():
        if name not in value:
            if field["required"]:
                yield f"{place}.{name}: missing"
        elif not any(_fits(kind, value[name]) for kind in field["types"]):
            yield f"{place}.{name}: {value[name]!r} is none of {field['types']}"


def _fits(kind: str, value: Any) -> bool:
    if kind.startswith("Array of "):
        inner = kind.removeprefix("Array of ")
        return isinstance(value, list) and all(_fits(inner, one) for one in value)
    if kind in PLAIN:
        return isinstance(value, PLAIN[kind]) and (kind != "Integer" or value is not True)
    fields = _described()["types"].get(kind)
    if fields is None:
        return isinstance(value, dict)
    return not list(_wrong_members(kind, fields, value))
