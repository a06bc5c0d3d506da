"""Pictures of the history: lines over time, with the versions that began to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from signalcast.ops.queues.history import Point
from signalcast.ops.queues.models import DeployMark
from signalcast.ops.queues.words import lasting, rate, size, whole

WIDTH, HEIGHT, MARGIN = 720, 120, 4

#: A value of one step; None where nothing is known.
Value = Callable[[Point], float | None]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart. SHADE chooses its colour and dashes."""

    shade: str
    name: str
    value: Value
    #: What it is where a step has no entry.
    otherwise: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture."""

    title: str
    words: Callable[[float], str]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with what stands around it, in words."""

    title: str
    most: str
    picture: SafeString
    #: Shade, name and largest value of each line.
    legend: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Frame:
    """The time that is drawn, in steps."""

    since: datetime
    until: datetime
    step: int

    def across(self, moment: datetime) -> float:
        """Where a moment lies."""
        span = (self.until - self.since).total_seconds()
        return WIDTH * (moment - self.since).total_seconds() / span


def charts() -> tuple[Chart, ...]:
    """What is drawn of a queue."""
    return (
        Chart(
            _("Worked off a minute"),
            rate,
            (
                Line("one", _("rows"), lambda one: one.sums.measured.handled / one.minutes, 0.0),
                Line("bad", _("failed"), lambda one: one.sums.measured.failed / one.minutes, 0.0),
            ),
        ),
        Chart(_("Time of work on a row"), lasting, _percentiles("runtimes")),
        Chart(_("From due until somebody took it"), lasting, _percentiles("waits")),
        Chart(
            _("Backlog"),
            whole,
            (
                Line("one", _("due"), lambda one: float(one.sums.ready), 0.0),
                Line("two", _("due later"), lambda one: float(one.sums.later), 0.0),
                Line("three", _("in hand"), lambda one: float(one.sums.in_hand), 0.0),
                Line("bad", _("parked"), lambda one: float(one.sums.parked), 0.0),
            ),
        ),
        Chart(
            _("Age of the oldest due row"),
            lasting,
            (Line("one", _("age"), lambda one: one.sums.oldest, 0.0),),
        ),
        Chart(
            _("Memory of the largest process"),
            lambda figure: size(int(figure)),
            (Line("one", _("memory"), lambda one: float(one.sums.memory) or None),),
        ),
    )


def draw_history(
    chart: Chart, points: Sequence[Point], frame: Frame, marks: Sequence[DeployMark]
) -> Drawn:
    """One chart of POINTS. The picture stretches; all text stands around it."""
    by_time = {point.at: point for point in points}
    values = [(line, _values(line, by_time, frame)) for line in chart.lines]
    tops = [max((y for _x, y in found if y is not None), default=0.0) for _line, found in values]
    top = max(tops, default=0.0)
    legend = [
        (line.shade, line.name, chart.words(most))
        for line, most in zip(chart.lines, tops, strict=True)
    ]
    told = ", ".join(f"{name} {most}" for _shade, name, most in legend)
    label = _("%(title)s. The most: %(told)s.") % {"title": chart.title, "told": told}
    return Drawn(chart.title, chart.words(top), _picture(values, top, label, frame, marks), legend)


def _percentiles(which: str) -> tuple[Line, ...]:
    def part(share: float) -> Value:
        return lambda one: getattr(one.sums.measured, which).percentile(share)

    def most(one: Point) -> float | None:
        histogram = getattr(one.sums.measured, which)
        return histogram.most if histogram.counts else None

    return (
        Line("one", "p50", part(0.5)),
        Line("two", "p95", part(0.95)),
        Line("three", "p99", part(0.99)),
        Line("most", _("max"), most),
    )


def _values(
    line: Line, by_time: dict[datetime, Point], frame: Frame
) -> list[tuple[float, float | None]]:
    """Where each step lies and what it says, also of steps without an entry."""
    found: list[tuple[float, float | None]] = []
    start, end = int(frame.since.timestamp()), int(frame.until.timestamp())
    times = {int(at.timestamp()): point for at, point in by_time.items()}
    last = max(times, default=start)
    for second in range(start - start % frame.step, end, frame.step):
        point = times.get(second)
        if point is None and second > last and second > end - 2 * frame.step - 60:
            break  # nobody has told of it yet
        x = WIDTH * (second - start) / max(end - start, 1)
        found.append((max(x, 0.0), line.value(point) if point else line.otherwise))
    return found


def _picture(
    values: Sequence[tuple[Line, Sequence[tuple[float, float | None]]]],
    top: float,
    label: str,
    frame: Frame,
    marks: Sequence[DeployMark],
) -> SafeString:
    room = HEIGHT - 2 * MARGIN

    def height(figure: float) -> float:
        return HEIGHT - MARGIN - (figure / top if top else 0.0) * room

    lines = (
        (line.shade, _path([(x, y if y is None else height(y)) for x, y in found]))
        for line, found in reversed(values)
    )
    deploys = ((f"{frame.across(mark.at):.1f}", HEIGHT, mark.version) for mark in marks)
    return format_html(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        format_html_join(
            "",
            '<path class="deploy" d="M{} 0V{}" vector-effect="non-scaling-stroke">'
            "<title>{}</title></path>",
            deploys,
        ),
        format_html_join("", '<path class="{}" d="{}" vector-effect="non-scaling-stroke"/>', lines),
    )


def _path(places: Sequence[tuple[float, float | None]]) -> str:
    """A line with gaps; what stands alone between two gaps is a short dash."""
    text, pen_down = [], False
    for index, (x, y) in enumerate(places):
        if y is None:
            pen_down = False
            continue
        text.append(f"{'L' if pen_down else 'M'}{x:.1f} {y:.1f}")
        alone = index + 1 == len(places) or places[index + 1][1] is None
        if alone and not pen_down:
            text.append(f"h{2.0:.1f}")
        pen_down = True
    return "".join(text)
