"""Figures as people read them."""

from __future__ import annotations

#: Stands where there is nothing to say.
DASH = "\N{EN DASH}"
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def lasting(seconds: float | None) -> str:
    """A span of time with the unit that fits it."""
    if seconds is None:
        return DASH
    if seconds < 0.01:
        return f"{seconds * 1_000:.1f} ms" if seconds else "0 s"
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    for length, unit in UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(count: int) -> str:
    """Bytes of memory."""
    if not count:
        return DASH
    return f"{count / 1e6:,.0f} MB" if count < 10e9 else f"{count / 1e9:,.1f} GB"


def rate(figure: float) -> str:
    """Rows a minute."""
    if 0 < figure < 0.1:
        return "< 0.1"
    return f"{figure:.1f}" if 0 < figure < 10 else f"{figure:,.0f}"


def whole(figure: float) -> str:
    """A number of rows."""
    return f"{figure:,.0f}"
