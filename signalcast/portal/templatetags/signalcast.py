"""What templates need beyond Django's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.template import Context, Engine
from django.utils.html import format_html
from django.utils.safestring import SafeString

from signalcast.core.money import told
from signalcast.portal.links import links
from signalcast.signals.models import Revision

register = template.Library()

#: Stands where there is nothing to say.
DASH = "\N{EN DASH}"

#: What of a revision is compared with the one before it.
COMPARED = ("side", "order_type", "entries", "stop_loss", "leverage", "timeframe", "comment")


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A moment in UTC, marked up so that the browser can show it in the reader's time zone."""
    if value is None:
        return DASH
    return format_html(
        '<time datetime="{}">{} UTC</time>', value.isoformat(), f"{value:%Y-%m-%d %H:%M:%S}"
    )


@register.filter
def number(value: Any) -> str:
    """A price with the digits it was posted with, or a dash."""
    return DASH if value is None else format(value, "f")


@register.filter
def targets(revision: Revision) -> str:
    """The targets in their order, with their shares."""
    return (
        " · ".join(
            number(target.price) + (f" ({number(target.share)})" if target.share else "")
            for target in sorted(revision.targets.all(), key=lambda target: target.position)
        )
        or DASH
    )


@register.simple_tag
def changed(revisions: list[Revision], index: int) -> set[str]:
    """The names of what a revision changed against the one before it; REVISIONS newest first."""
    if index + 1 >= len(revisions):
        return set()
    one, other = revisions[index], revisions[index + 1]
    names = {name for name in COMPARED if getattr(one, name) != getattr(other, name)}
    return names | ({"targets"} if targets(one) != targets(other) else set())


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], *names: str) -> SafeString | str:
    """Marks the navigation's entry of the page that is open."""
    return format_html(' aria-current="{}"', "page") if context["page"] in names else ""


@register.filter
def described(field: BoundField) -> SafeString:
    """A form's field that names its help and its error to those who cannot see them."""
    by = [f"{field.auto_id}_helptext"] if field.help_text else []
    attributes: dict[str, str | bool] = {
        "aria-describedby": " ".join([*by, f"{field.auto_id}_error"])
    }
    return field.as_widget(attrs=attributes)


@register.simple_tag
def money(amount: int, currency: str) -> str:
    """An amount of minor units in words."""
    return told(amount, currency)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> SafeString:
    """The links to all pages, rendered once for a page, which shows them twice."""
    match = context["request"].resolver_match
    page = match.url_name if match else None
    with context.push(page=page):
        who = Engine.get_default().get_template("_who.html").render(context)
    return links(context["user"], page) + who


@register.filter
def milliseconds(value: int) -> str:
    """A span of time with the unit that fits it."""
    if value < 1_000:
        return f"{value} ms"
    return f"{value / 1_000:.1f} s" if value < 600_000 else f"{value / 60_000:.0f} min"


@register.filter
def span(value: timedelta | None) -> str:
    """A span of time in its two largest units."""
    if value is None:
        return DASH
    seconds = value.total_seconds()
    if seconds < 1:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    for size, unit, smaller, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min")):
        if seconds >= size:
            rest = int(seconds % size // smaller)
            return f"{int(seconds // size)} {unit}" + (f" {rest} {part}" if rest else "")
    rest = int(seconds % 60)
    return f"{int(seconds // 60)} min" + (f" {rest} s" if rest else "")


@register.filter
def percent(value: float | None) -> str:
    """A part of a hundred, or a dash where there is nothing to be a part of."""
    return DASH if value is None else f"{value:.1f} %"


@register.filter
def at(values: Any, key: Any) -> Any:
    """What a mapping has at a key; None when it has nothing there."""
    return values.get(key)
