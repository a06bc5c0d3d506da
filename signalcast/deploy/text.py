"""Texts with places to fill in, for formats that use braces, dollars and per cents themselves."""

from __future__ import annotations

from string import Template


class Text(Template):
    """A text with places such as `@@{domain}`. Filled with `substitute`, which fails for a place
    that is given nothing."""

    delimiter = "@@"


def lines(words: list[str], indent: int = 0) -> str:
    """The lines of a block, each that far from the margin. The first follows its place."""
    return ("\n" + " " * indent).join(words)
