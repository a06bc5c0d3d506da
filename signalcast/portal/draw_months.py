"""Pictures of months side by side: bars over and under a line, with all they show in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

WIDTH, HEIGHT, MARGIN = 720, 120, 4
#: Part of a month's room that its bar takes.
BAR = 0.7


@dataclass(frozen=True, slots=True)
class Bars:
    """One figure of each month. SHADE is its colour; what is below zero hangs under the line."""

    shade: str
    name: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with what stands around it, in words."""

    title: str
    #: The newest month's sum.
    newest: str
    picture: SafeString
    #: Shade, name and newest value of each figure.
    legend: list[tuple[str, str, str]]


def draw_months(
    title: str, months: Sequence[str], bars: Sequence[Bars], words: Callable[[int], str]
) -> Drawn:
    """BARS of the same MONTHS stacked on each other, to scale. The text stands around the picture,
    which stretches; the numbers themselves belong into a table beside it."""
    tops = [sum(max(one.values[index], 0) for one in bars) for index in range(len(months))]
    depths = [sum(min(one.values[index], 0) for one in bars) for index in range(len(months))]
    top, bottom = max(tops, default=0), min(depths, default=0)
    legend = [(one.shade, one.name, words(one.values[-1])) for one in bars]
    told = ", ".join(f"{name} {newest}" for _shade, name, newest in legend)
    label = _("%(title)s. The newest month: %(told)s.") % {"title": title, "told": told}
    newest = words(sum(one.values[-1] for one in bars))
    return Drawn(title, newest, _picture(months, bars, words, top, bottom, label), legend)


def _picture(
    months: Sequence[str],
    bars: Sequence[Bars],
    words: Callable[[int], str],
    top: int,
    bottom: int,
    label: str,
) -> SafeString:
    room = (HEIGHT - 2 * MARGIN) / ((top - bottom) or 1)
    zero = MARGIN + top * room
    step = WIDTH / max(len(months), 1)
    rows: list[tuple[str, str, str, str, str, str]] = []
    for index, month in enumerate(months):
        over = under = zero
        for one in bars:
            height = abs(one.values[index]) * room
            if not height:
                continue
            if one.values[index] > 0:
                over -= height
                y = over
            else:
                y = under
                under += height
            x = step * (index + (1 - BAR) / 2)
            told = f"{month}: {one.name} {words(one.values[index])}"
            rows.append(
                (one.shade, f"{x:.1f}", f"{y:.1f}", f"{step * BAR:.1f}", f"{height:.1f}", told)
            )
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}'
        '<path class="most" d="M0 {}H{}" vector-effect="non-scaling-stroke"/></svg>',
        WIDTH,
        HEIGHT,
        label,
        format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
            rows,
        ),
        f"{zero:.1f}",
        WIDTH,
    )
