"""A small picture of what a check said over time: its figure as a line, bad times as areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signalcast.ops.health.finding import State

WIDTH, HEIGHT, MARGIN = 240, 44, 3
#: States that colour the time they lasted.
SHADED = (State.WARNING, State.FAILED, State.CRASHED)


@dataclass(frozen=True, slots=True)
class Point:
    """What was said at one moment."""

    at: datetime
    state: str
    figure: float | None


def draw_trend(points: Sequence[Point], *, until: datetime, label: str) -> SafeString:
    """The picture as SVG, POINTS in the order of time. Empty with fewer than two."""
    if len(points) < 2 or until <= points[0].at:
        return SafeString("")
    start, span = points[0].at, (until - points[0].at).total_seconds()

    def across(moment: datetime) -> float:
        return WIDTH * min((moment - start).total_seconds() / span, 1.0)

    bad = sum(1 for point in points if point.state in SHADED)
    title = _("%(label)s: %(bad)d of %(count)d notes were no good ones.") % {
        "label": label,
        "bad": bad,
        "count": len(points),
    }
    areas = (
        (state, f"{across(since):.1f}", f"{max(across(to) - across(since), 1.5):.1f}", HEIGHT)
        for state, since, to in _spells(points, until)
    )
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="{}"/>', areas),
        _curve([(across(point.at), point.figure) for point in points]),
    )


def _spells(points: Sequence[Point], until: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """The times in which something was wrong, with their state."""
    ends = [point.at for point in points[1:]] + [until]
    for point, end in zip(points, ends, strict=True):
        if point.state in SHADED:
            yield point.state, point.at, end


def _curve(values: Sequence[tuple[float, float | None]]) -> SafeString:
    known = [(x, figure) for x, figure in values if figure is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(y for _x, y in known), max(y for _x, y in known)
    room = HEIGHT - 2 * MARGIN

    def height(figure: float) -> float:
        part = (figure - low) / (high - low) if high > low else 0.5
        return HEIGHT - MARGIN - part * room

    line = "L".join(f"{x:.1f} {height(figure):.1f}" for x, figure in known)
    return format_html('<path d="M{}" vector-effect="non-scaling-stroke"/>', line)
