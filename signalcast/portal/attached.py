"""How files from people are handed out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header


def attached(body: bytes, type_: str, name: str) -> HttpResponse:
    """A file that is saved, and never opened in place as something else than it is."""
    answer = HttpResponse(body, content_type=type_)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    answer.headers["Content-Disposition"] = disposition or "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def asked_width(request: HttpRequest) -> int:
    """How many pixels a picture shall have at least; 0 for as many as there are."""
    width = request.GET.get("width", "")
    return int(width) if width.isascii() and width.isdigit() and len(width) < 6 else 0
