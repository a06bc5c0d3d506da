"""A small picture of how much went through a stage."""

from __future__ import annotations

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from signalcast.ops.console.glance import Flow

WIDTH, HEIGHT, GAP = 240, 44, 2


def draw_flow(flow: Flow, label: str) -> SafeString:
    """One bar for each span, as SVG; LABEL says what it is to those who cannot see it."""
    most, step = max(flow.spans, default=0), WIDTH / max(len(flow.spans), 1)
    heights = [HEIGHT * count / most if most else 0.0 for count in flow.spans]
    bars = (
        (f"{index * step:.1f}", f"{HEIGHT - height:.1f}", f"{step - GAP:.1f}", f"{height:.1f}")
        for index, height in enumerate(heights)
        if height
    )
    return format_html(
        '<svg class="trend flow" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        format_html_join("", '<rect x="{}" y="{}" width="{}" height="{}"/>', bars),
    )
