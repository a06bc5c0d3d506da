"""Every address that the configuration of URLs has, with values for its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver, reverse

#: What stands in an address by the type of its part, and by name where it has to be a real one.
BY_TYPE = {"int": 1, "uuid": UUID(int=7), "slug": "x", "str": "x", "path": "x", "anything": "x"}
REAL = {"confirm_redrive": "receipt", "pause_check": "database", "edit_rule": "latency"}


class Address(NamedTuple):
    """One URL of ours."""

    name: str
    path: str


def addresses(beginning: str) -> list[Address]:
    """Those whose paths begin so, by path."""
    found = {
        Address(str(pattern.name), path)
        for pattern in _patterns(get_resolver().url_patterns)
        if (path := _path(pattern)).startswith(beginning)
    }
    return sorted(found, key=lambda one: one.path)


def _patterns(entries: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            if entry.namespace == "admin":
                continue  # has laws of its own, see signalcast/ops/back_office/tests
            yield from _patterns(entry.url_patterns)
        else:
            assert entry.name, f"{entry.pattern} needs a name"
            yield entry


def _path(pattern: URLPattern) -> str:
    parts = {
        name: REAL.get(str(pattern.name), BY_TYPE[_type(converter)])
        for name, converter in pattern.pattern.converters.items()
        if name not in (pattern.default_args or {})
    }
    return reverse(str(pattern.name), kwargs=parts)


def _type(converter: object) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
