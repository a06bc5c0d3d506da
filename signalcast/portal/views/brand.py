"""What everybody sees of the settings: colours, logo, legal texts."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from signalcast.shop.models import LegalText, Setting

#: As in signalcast.css.
OURS_DARK = "8ab0ff"
STYLE = re.compile(r"([0-9a-f]{6})?-([0-9a-f]{6})?")
#: The address of each names its content, so that browsers may keep it.
FOR_EVER = "public, max-age=31536000, immutable"


@require_GET
def brand_css(_request: HttpRequest, style: str) -> HttpResponse:
    """The colours that STYLE says, over ours. Asks nobody: processes may differ for seconds."""
    found = STYLE.fullmatch(style)
    if found is None:
        raise Http404
    light, dark = found.groups()
    rules = []
    if light:
        rules.append(f":root {{ --accent: #{light}; }}")
    # Ours for dark pages too, since the rule above would take its place.
    rules.append(
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: #{dark or OURS_DARK}; }} }}"
    )
    answer = HttpResponse("\n".join(rules) + "\n", content_type="text/css; charset=utf-8")
    answer["Cache-Control"] = FOR_EVER
    return answer


@require_GET
def brand_logo(_request: HttpRequest, tag: str) -> HttpResponse:
    """The logo, as we made it anew."""
    row = Setting.objects.filter(pk=Setting.ONE, logo_tag=tag).first()
    if row is None or not row.logo:
        raise Http404
    answer = HttpResponse(bytes(row.logo), content_type="image/webp")
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = FOR_EVER
    return answer


@require_GET
def legal(request: HttpRequest, slug: str) -> HttpResponse:
    """A legal text in the reader's language, or in the one that there is."""
    rows = {row.language: row for row in LegalText.objects.filter(slug=slug)}
    wanted = (get_language() or "", "", settings.LANGUAGE_CODE, *rows)
    row = next((rows[language] for language in wanted if language in rows), None)
    if row is None:
        raise Http404
    title = LegalText.Slug(row.slug).label
    return render(request, "portal/legal.html", {"row": row, "title": title})
