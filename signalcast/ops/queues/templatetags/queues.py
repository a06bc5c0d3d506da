"""Figures of queues in templates."""

from __future__ import annotations

from django import template

from signalcast.ops.queues import words
from signalcast.ops.queues.document import percentiles
from signalcast.work.histogram import Histogram

register = template.Library()


@register.filter
def lasting(seconds: float | None) -> str:
    """A span of time with the unit that fits it."""
    return words.lasting(seconds)


@register.filter
def size(count: int) -> str:
    """Bytes of memory."""
    return words.size(count)


@register.filter
def rate(figure: float) -> str:
    """Rows a minute."""
    return words.rate(figure)


@register.filter
def spread(histogram: Histogram) -> list[tuple[str, str]]:
    """The percentiles of a histogram with their names; nothing when it is empty."""
    if not histogram.counts:
        return []
    return [(name, words.lasting(found)) for name, found in percentiles(histogram).items()]
