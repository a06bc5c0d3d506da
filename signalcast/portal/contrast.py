"""Whether a colour can be read where pages use it, by the formula of WCAG 2."""

from __future__ import annotations

#: What text of the colour stands on, and what stands on it: as in signalcast.css.
LIGHT = ("#ffffff", "#f6f7f9", "#e9edf5")
DARK = ("#0d1526", "#0f141c", "#171e29", "#232d3c")
#: Of text of usual size.
ENOUGH = 4.5


def contrast(one: str, other: str) -> float:
    """The ratio of two colours as in `#2456d6`: 1 where they are the same, 21 at most."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def worst(colour: str, grounds: tuple[str, ...]) -> float:
    """The lowest contrast with any of the GROUNDS."""
    return min(contrast(colour, ground) for ground in grounds)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
