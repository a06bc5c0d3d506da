"""Parsers of text, one folder or module each that exports `parser`; found here by their names."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from signalcast.signals.draft import Parser


class NoSuchParser(LookupError):
    """No parser has that name; the text names those there are."""


def names() -> list[str]:
    """Every parser's name, in order."""
    return sorted(module.name for module in iter_modules(__path__) if module.name != "tests")


@cache
def find(name: str) -> Parser:
    """The parser of that name. Raises NoSuchParser."""
    if name not in names():
        raise NoSuchParser(f"There is no parser {name!r}, only {', '.join(names())}.")
    parser: Parser = import_module(f"{__name__}.{name}").parser
    return parser
