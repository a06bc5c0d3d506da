"""Text from outside, fit to be stored and shown."""

from __future__ import annotations


def printable(text: str, longest: int) -> str:
    """TEXT in one line without what can't be printed (or stored: NUL, lone surrogates)."""
    # Cut twice: the first keeps a huge text from being walked through.
    rough = text[: longest * 4]
    return " ".join("".join(c if c.isprintable() else " " for c in rough).split())[:longest]
