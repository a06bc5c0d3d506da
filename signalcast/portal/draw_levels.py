"""A small picture of a signal's levels: entry, stop and targets, to scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signalcast.core.prices import plain

WIDTH = 320
#: Room for one label, and above and below the outermost levels.
ROW = 22
MARGIN = 18
#: Where the bar stands, and where labels begin.
BAR, BAR_WIDTH, LABELS = 16, 40, 88
LOWEST = 160


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a signal. KIND is entry, stop, target or exit: it chooses the colour."""

    kind: str
    name: str
    price: Decimal

    def __str__(self) -> str:
        return f"{self.name} {plain(self.price)}"


def levels_of(
    *,
    entries: Sequence[Decimal],
    stop: Decimal | None,
    targets: Sequence[Decimal],
    exit_price: Decimal | None = None,
) -> list[Level]:
    """The levels that there are, by name."""
    found = [Level("entry", _("Entry"), price) for price in entries]
    if stop is not None:
        found.append(Level("stop", _("Stop"), stop))
    for number, price in enumerate(targets, start=1):
        found.append(Level("target", _("Target %(number)d") % {"number": number}, price))
    if exit_price is not None:
        found.append(Level("exit", _("Left at"), exit_price))
    return found


def draw_levels(levels: Sequence[Level], *, side: str) -> SafeString:
    """The picture as SVG, with all that it shows in words. Empty with fewer than two levels.

    Lines are to scale; labels are moved apart where they would lie on each other.
    """
    if len({level.price for level in levels}) < 2:
        return SafeString("")
    ordered = sorted(levels, key=lambda level: level.price, reverse=True)
    height = max(LOWEST, 2 * MARGIN + ROW * len(ordered))
    at = _heights([level.price for level in ordered], height)
    labels = _apart(at, height)
    lines = (_line(*one) for one in zip(ordered, at, labels, strict=True))
    words = ", ".join(str(level) for level in ordered)
    title = _("Levels of a buy: %(levels)s") if side == "buy" else _("Levels of a sell: %(levels)s")
    return format_html(
        '<svg class="levels" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        height,
        title % {"levels": words},
        _zones(ordered, at),
        format_html_join("", "{}", ((line,) for line in lines)),
    )


def _heights(prices: Sequence[Decimal], height: int) -> list[float]:
    """Where each price lies, the highest on top."""
    top, bottom = max(prices), min(prices)
    room = height - 2 * MARGIN
    return [MARGIN + float((top - price) / (top - bottom)) * room for price in prices]


def _apart(at: Sequence[float], height: int) -> list[float]:
    """Where the labels go: at their lines, or as near as they fit above each other."""
    found: list[float] = []
    for wanted in at:
        found.append(max(wanted, found[-1] + ROW) if found else wanted)
    lowest = float(height - MARGIN)
    for index in reversed(range(len(found))):
        found[index] = min(found[index], lowest)
        lowest = found[index] - ROW
    return found


def _zones(ordered: Sequence[Level], at: Sequence[float]) -> SafeString:
    """What may be won and lost, as areas from the middle of the entries."""
    heights = {
        kind: [y for level, y in zip(ordered, at, strict=True) if level.kind == kind]
        for kind in ("entry", "stop", "target")
    }
    if not heights["entry"]:
        return SafeString("")
    middle = sum(heights["entry"]) / len(heights["entry"])
    ends = [("stop", y) for y in heights["stop"]]
    if heights["target"]:
        ends.append(("target", max(heights["target"], key=lambda y: abs(y - middle))))
    return format_html_join(
        "",
        '<rect class="zone {}" x="{}" y="{}" width="{}" height="{}"/>',
        ((kind, BAR, _text(min(middle, y)), BAR_WIDTH, _text(abs(y - middle))) for kind, y in ends),
    )


def _line(level: Level, y: float, label: float) -> SafeString:
    return format_html(
        '<g class="{}"><path d="M{} {}H{}L{} {}"/>'
        '<text x="{}" y="{}"><tspan class="name">{}</tspan> {}</text></g>',
        level.kind,
        BAR,
        _text(y),
        BAR + BAR_WIDTH + 4,
        LABELS - 6,
        _text(label),
        LABELS,
        _text(label + 4.5),
        level.name,
        plain(level.price),
    )


def _text(number: float) -> str:
    """A length in the picture, which needs no more than tenths."""
    return f"{number:.1f}"
